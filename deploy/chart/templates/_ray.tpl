{{/* A pod of Ray's. Told: root, role, name, image, resources, nodeSelector, tolerations; of a head also head, scales, env. */}}
{{- define "looseleaf.rayPod" -}}
metadata:
  labels:
    {{- include "looseleaf.labels" .root | nindent 4 }}
    {{- include "looseleaf.role" . | nindent 4 }}
  annotations:
    prometheus.io/scrape: "true"
    prometheus.io/port: "8080"
    {{- if .head }}
    # Its jobs end with it.
    cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    {{- end }}
spec:
  # The autoscaler replaces a pod that ended; a container that came back under its name would confuse it.
  restartPolicy: Never
  {{- if .scales }}
  serviceAccountName: {{ .root.Release.Name }}-ray-head
  automountServiceAccountToken: true
  {{- else }}
  serviceAccountName: {{ .root.Release.Name }}-work
  automountServiceAccountToken: false
  {{- end }}
  # A worker that is told to go has this long to write a checkpoint.
  terminationGracePeriodSeconds: 120
  {{- include "looseleaf.pullSecrets" .root | nindent 2 }}
  securityContext: {{- include "looseleaf.podSecurity" .root | nindent 4 }}
  {{- with .nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ .image }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      env:
        {{- include "looseleaf.tokenEnv" .root | nindent 8 }}
        {{- include "looseleaf.storageEnv" .root | nindent 8 }}
        {{- with .env }}
        {{- . | nindent 8 }}
        {{- end }}
      ports:
        {{- if .head }}
        - {name: gcs-server, containerPort: 6379}
        - {name: dashboard, containerPort: 8265}
        {{- end }}
        - {name: metrics, containerPort: 8080}
      securityContext: {{- include "looseleaf.containerSecurity" .root | nindent 8 }}
      resources: {{- toYaml .resources | nindent 8 }}
      volumeMounts: {{- include "looseleaf.scratchMounts" .root | nindent 8 }}
  volumes:
    # What Ray spills goes here; the bound is that of the node's disk in the pod's requests.
    - {name: scratch, emptyDir: {}}
{{- end }}

{{- define "looseleaf.rayHead" -}}
rayStartParams:
  dashboard-host: 0.0.0.0
  num-cpus: "0"
  num-gpus: "0"
template: {{- include "looseleaf.rayPod" (dict "root" .root "role" .role "name" "ray-head" "head" true "scales" .scales "env" .env
  "image" (include "looseleaf.image" .root) "resources" .root.Values.ray.head.resources
  "nodeSelector" .root.Values.ray.head.nodeSelector "tolerations" .root.Values.ray.head.tolerations) | nindent 2 }}
{{- end }}

{{- define "looseleaf.rayWorkers" -}}
{{- $gpus := hasKey (.group.resources.limits | default dict) "nvidia.com/gpu" -}}
{{- $tag := ternary .root.Values.image.cudaTag .root.Values.image.tag $gpus -}}
groupName: {{ .group.name }}
replicas: {{ .least }}
minReplicas: {{ .least }}
maxReplicas: {{ .most }}
{{- with .idleTimeout }}
idleTimeoutSeconds: {{ . }}
{{- end }}
rayStartParams: {}
template: {{- include "looseleaf.rayPod" (dict "root" .root "role" .role "name" "ray-worker"
  "image" (printf "%s:%s" .root.Values.image.repository $tag) "resources" .group.resources
  "nodeSelector" .group.nodeSelector "tolerations" .group.tolerations) | nindent 2 }}
{{- end }}

{{- define "looseleaf.rayAuth" -}}
mode: token
secretName: {{ .Values.secrets.ray }}
{{- end }}

{{/* A command as a shell reads it: each word in single quotes. */}}
{{- define "looseleaf.shellWords" -}}
{{- range $index, $word := . }}{{ if $index }} {{ end }}'{{ $word | toString | replace "'" "'\\''" }}'{{ end -}}
{{- end }}

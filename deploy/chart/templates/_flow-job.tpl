{{/* The job of one flow run: what the work pool keeps. Words in doubled braces are Prefect's, filled for each run. */}}
{{- define "looseleaf.flowJob" -}}
job_configuration:
  command: {{ "{{ command }}" | quote }}
  env: {{ "{{ env }}" | quote }}
  labels: {{ "{{ labels }}" | quote }}
  name: {{ "{{ name }}" | quote }}
  namespace: {{ "{{ namespace }}" | quote }}
  stream_output: true
  job_manifest:
    apiVersion: batch/v1
    kind: Job
    metadata:
      labels: {{ "{{ labels }}" | quote }}
      namespace: {{ "{{ namespace }}" | quote }}
      generateName: {{ "{{ name }}-" | quote }}
    spec:
      backoffLimit: 0
      ttlSecondsAfterFinished: {{ "{{ keep }}" | quote }}
      template:
        metadata:
          labels: {{- include "looseleaf.role" (dict "root" . "role" "flow") | nindent 12 }}
        spec:
          # Prefect insists on these two here; Kubernetes has no use for them.
          parallelism: 1
          completions: 1
          restartPolicy: Never
          serviceAccountName: {{ .Release.Name }}-work
          automountServiceAccountToken: false
          # Time to stop its Ray job.
          terminationGracePeriodSeconds: 60
          {{- include "looseleaf.pullSecrets" . | nindent 10 }}
          securityContext: {{- include "looseleaf.podSecurity" . | nindent 12 }}
          containers:
            - name: prefect-job
              image: {{ "{{ image }}" | quote }}
              imagePullPolicy: {{ .Values.image.pullPolicy }}
              args: {{ "{{ command }}" | quote }}
              env: {{ "{{ env }}" | quote }}
              securityContext: {{- include "looseleaf.containerSecurity" . | nindent 16 }}
              resources:
                requests: {cpu: {{ "{{ cpu_request }}" | quote }}, memory: {{ "{{ memory_request }}" | quote }}}
                limits: {memory: {{ "{{ memory_limit }}" | quote }}}
              volumeMounts: {{- include "looseleaf.scratchMounts" . | nindent 16 }}
          volumes:
            - {name: scratch, emptyDir: {sizeLimit: 2Gi}}
variables:
  type: object
  properties:
    command: {type: string, description: "What the pod runs; Prefect fills it."}
    name: {type: string, description: "Name of the job; Prefect fills it."}
    labels: {type: object, additionalProperties: {type: string}, default: {}}
    env:
      type: array
      items: {type: object}
      description: "Of the flow, in Kubernetes' form."
      default:
        {{- include "looseleaf.rayEnv" . | nindent 8 }}
        {{- include "looseleaf.storageEnv" . | nindent 8 }}
        - name: LOOSELEAF_RAY_DASHBOARD
          value: {{ .Values.prefect.flow.rayDashboard }}
    namespace: {type: string, default: {{ .Release.Namespace }}}
    image: {type: string, default: {{ include "looseleaf.image" . | quote }}}
    keep: {type: integer, minimum: 0, default: {{ .Values.prefect.flow.keep }}, description: "Seconds that a finished job stays."}
    cpu_request: {type: string, default: {{ .Values.prefect.flow.resources.requests.cpu | quote }}}
    memory_request: {type: string, default: {{ .Values.prefect.flow.resources.requests.memory | quote }}}
    memory_limit: {type: string, default: {{ .Values.prefect.flow.resources.limits.memory | quote }}}
{{- end }}

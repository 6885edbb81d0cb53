{{- define "looseleaf.labels" -}}
app.kubernetes.io/name: looseleaf
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* What policies and services find pods by. Not one of app.kubernetes.io: Prefect writes those on its jobs. */}}
{{- define "looseleaf.role" -}}
looseleaf/release: {{ .root.Release.Name }}
looseleaf/role: {{ .role }}
{{- end }}

{{- define "looseleaf.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag }}
{{- end }}

{{- define "looseleaf.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "looseleaf.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "looseleaf.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Nothing else of an image can be written. */}}
{{- define "looseleaf.scratchMounts" -}}
- {name: scratch, mountPath: /tmp, subPath: tmp}
- {name: scratch, mountPath: /home/looseleaf, subPath: home}
- {name: scratch, mountPath: /data, subPath: data}
{{- end }}

{{- define "looseleaf.prefectUrl" -}}
http://{{ .Release.Name }}-prefect:4200/api
{{- end }}

{{/* KubeRay names the head's service. */}}
{{- define "looseleaf.rayUrl" -}}
http://{{ .Release.Name }}-ray-head-svc:8265
{{- end }}

{{- define "looseleaf.prefectEnv" -}}
- name: PREFECT_API_URL
  value: {{ include "looseleaf.prefectUrl" . }}
- name: PREFECT_API_AUTH_STRING
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.prefect }}, key: auth_string}}
{{- end }}

{{- define "looseleaf.rayEnv" -}}
- name: RAY_ADDRESS
  value: {{ include "looseleaf.rayUrl" . }}
{{ include "looseleaf.tokenEnv" . }}
{{- end }}

{{- define "looseleaf.tokenEnv" -}}
- name: RAY_AUTH_MODE
  value: token
- name: RAY_AUTH_TOKEN
  valueFrom: {secretKeyRef: {name: {{ .Values.secrets.ray }}, key: auth_token}}
{{- end }}

{{- define "looseleaf.storageEnv" -}}
- name: AWS_REGION
  value: {{ .Values.storage.region }}
{{- with .Values.storage.endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . }}
{{- end }}
{{- with .Values.secrets.storage }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ . }}, key: access_key}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ . }}, key: secret_key}}
{{- end }}
{{- end }}

{{- define "looseleaf.databaseHost" -}}
{{- if .Values.postgres.internal -}}
{{ .Release.Name }}-postgres
{{- else -}}
{{ required "postgres.host must name a server where postgres.internal is false" .Values.postgres.host }}
{{- end }}
{{- end }}

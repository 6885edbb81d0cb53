{{/* One peer of a policy: the pods of a role, or a namespace. */}}
{{- define "looseleaf.podsOf" -}}
podSelector: {matchLabels: {looseleaf/release: {{ .root.Release.Name }}, looseleaf/role: {{ .role }}}}
{{- end }}

{{- define "looseleaf.namespace" -}}
namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ . }}}}
{{- end }}

{{- define "looseleaf.webEgress" -}}
{{- with .Values.network.web }}
{{- if .enabled }}
- to:
    - ipBlock: {cidr: 0.0.0.0/0, except: {{ toJson .except }}}
  ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "looseleaf.privateEgress" -}}
{{- range .Values.network.private }}
- to:
    - ipBlock: {cidr: {{ .cidr }}}
  ports:
    - {protocol: TCP, port: {{ .port }}}
{{- end }}
{{- end }}

{{- define "looseleaf.apiEgress" -}}
- to:
    {{- range .Values.network.apiServer.cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
  ports:
    {{- range .Values.network.apiServer.ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}

{{- define "looseleaf.metricsIngress" -}}
{{- with .root.Values.network.monitoringNamespace }}
- from:
    - {{ include "looseleaf.namespace" . }}
  ports:
    - {protocol: TCP, port: {{ $.port }}}
{{- end }}
{{- end }}

{{- define "paperbot.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "paperbot.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains (include "paperbot.name" .) .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "paperbot.name" .) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "paperbot.selector" -}}
app.kubernetes.io/name: {{ include "paperbot.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "paperbot.labels" -}}
{{ include "paperbot.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "paperbot.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* The role whose pods take requests at port 3000. */ -}}
{{- define "paperbot.front" -}}
{{ if eq .Values.mode "full" }}web{{ else }}all{{ end }}
{{- end -}}

{{- /* One pod: a dict of root, role, resources, and data: what stands behind /data. */ -}}
{{- define "paperbot.pod" -}}
{{- $root := .root -}}
metadata:
  labels:
    {{- include "paperbot.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ .role }}
    {{- with $root.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/config: {{ $root.Values.config | sha256sum }}
    {{- with $root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "paperbot.fullname" $root }}
  automountServiceAccountToken: false
  # Else the cluster adds variables such as PAPERBOT_PORT, which are no settings and so are refused.
  enableServiceLinks: false
  terminationGracePeriodSeconds: 40
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: paperbot
      image: {{ include "paperbot.image" $root | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [run, --role, {{ .role }}]
      env:
        - {name: PAPERBOT_SECRETS_DIR, value: /run/secrets/paperbot}
        - {name: PAPERBOT_HTTP__OPS_HOST, value: "0.0.0.0"}
        {{- if eq $root.Values.mode "single" }}
        - {name: PAPERBOT_STORE__URL, value: embedded}
        {{- end }}
        {{- with $root.Values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        {{- if eq .role (include "paperbot.front" $root) }}
        - {name: http, containerPort: 3000}
        {{- end }}
        - {name: ops, containerPort: 3001}
      startupProbe:
        httpGet: {path: /livez, port: ops}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /livez, port: ops}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: ops}
        periodSeconds: 5
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if eq .role (include "paperbot.front" $root) }}
      lifecycle:
        preStop:
          # Until everybody knows that no more requests are to be sent here.
          exec: {command: [sleep, "5"]}
      {{- end }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      resources:
        {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /data}
        - {name: tmp, mountPath: /tmp}
        - {name: config, mountPath: /etc/paperbot, readOnly: true}
        - {name: secrets, mountPath: /run/secrets/paperbot, readOnly: true}
  volumes:
    {{- with .data }}
    - {{ toJson (merge (dict "name" "data") .) }}
    {{- end }}
    - name: tmp
      emptyDir: {sizeLimit: {{ $root.Values.persistence.scratchSize }}}
    - name: config
      configMap: {name: {{ include "paperbot.fullname" $root }}}
    - name: secrets
      secret:
        secretName: {{ required "existingSecret is missing: name the Secret that holds slack__bot_token and the others" $root.Values.existingSecret }}
        defaultMode: 0440
  {{- with $root.Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "paperbot.selector" $root | nindent 10 }}
          app.kubernetes.io/component: {{ .role }}
{{- end -}}

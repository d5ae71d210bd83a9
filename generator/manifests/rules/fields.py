"""Values, field by field: definition → field → what the server holds it to. And what a definition
needs beyond its schema."""

from __future__ import annotations

from collections.abc import Mapping

from generator.manifests.rules.cron import schedule
from generator.manifests.rules.resources import container_resources, quota_resources
from generator.manifests.rules.rule import Check
from generator.manifests.rules.syntax import (
    address,
    annotation_key,
    between,
    both,
    data_key,
    dns_label,
    each,
    env_name,
    filled,
    finalizer,
    host,
    inside,
    keys,
    label_key,
    label_value,
    mode,
    natural,
    network,
    one_of,
    port,
    port_name,
    port_or_name,
    port_or_none,
    port_or_same,
    positive,
    share,
    subdomain,
    values,
    wildcard,
)

_labels: Check = both(keys(label_key), values(label_value))
_probe: Mapping[str, Check] = {
    "initialDelaySeconds": natural,
    "timeoutSeconds": natural,
    "periodSeconds": natural,
    "successThreshold": natural,
    "failureThreshold": natural,
    "terminationGracePeriodSeconds": positive,
}
_items: Mapping[str, Check] = {"defaultMode": mode}
_workload: dict[str, Check] = {
    "replicas": natural,
    "minReadySeconds": natural,
    "revisionHistoryLimit": natural,
    "progressDeadlineSeconds": natural,
}
_rolling: Mapping[str, Check] = {"maxSurge": share, "maxUnavailable": share}
_selection = one_of("In", "NotIn", "Exists", "DoesNotExist")

FIELDS: Mapping[str, Mapping[str, Check]] = {
    "meta.v1.ObjectMeta": {
        "namespace": dns_label,
        "labels": _labels,
        "annotations": keys(annotation_key),
        "finalizers": each(finalizer),
    },
    "meta.v1.LabelSelector": {"matchLabels": _labels},
    "meta.v1.LabelSelectorRequirement": {
        "key": label_key,
        "operator": _selection,
        "values": each(label_value),
    },
    "core.v1.Container": {
        "name": dns_label,
        "restartPolicy": one_of("Always", "Never", "OnFailure"),
        "resources": container_resources,
    },
    "core.v1.ContainerPort": {
        "containerPort": port,
        "hostPort": port_or_none,
        "name": port_name,
    },
    "core.v1.EnvVar": {"name": env_name},
    "core.v1.EnvFromSource": {"prefix": env_name},
    "core.v1.SecretKeySelector": {"key": data_key},
    "core.v1.ConfigMapKeySelector": {"key": data_key},
    "core.v1.VolumeMount": {"subPath": inside},
    "core.v1.Volume": {"name": dns_label},
    "core.v1.ConfigMapVolumeSource": _items,
    "core.v1.SecretVolumeSource": _items,
    "core.v1.ProjectedVolumeSource": _items,
    "core.v1.DownwardAPIVolumeSource": _items,
    "core.v1.KeyToPath": {"mode": mode, "path": inside},
    "core.v1.Probe": _probe,
    "core.v1.HTTPGetAction": {"port": port_or_name},
    "core.v1.TCPSocketAction": {"port": port_or_name},
    "core.v1.GRPCAction": {"port": port},
    "core.v1.SecurityContext": {"runAsUser": natural, "runAsGroup": natural},
    "core.v1.PodSecurityContext": {
        "runAsUser": natural,
        "runAsGroup": natural,
        "fsGroup": natural,
        "supplementalGroups": each(natural),
    },
    "core.v1.PodSpec": {
        "activeDeadlineSeconds": positive,
        "hostname": dns_label,
        "subdomain": dns_label,
        "nodeSelector": _labels,
        "serviceAccountName": subdomain,
        "priorityClassName": subdomain,
        "nodeName": subdomain,
        "runtimeClassName": subdomain,
    },
    "core.v1.HostAlias": {"ip": address, "hostnames": each(subdomain)},
    "core.v1.Toleration": {"key": label_key},
    "core.v1.NodeSelectorRequirement": {"key": label_key},
    "core.v1.PreferredSchedulingTerm": {"weight": between(1, 100)},
    "core.v1.WeightedPodAffinityTerm": {"weight": between(1, 100)},
    "core.v1.PodAffinityTerm": {"topologyKey": both(filled, label_key)},
    "core.v1.TopologySpreadConstraint": {
        "maxSkew": positive,
        "minDomains": positive,
        "topologyKey": filled,
        "whenUnsatisfiable": filled,
    },
    "core.v1.ServiceSpec": {
        "selector": _labels,
        "loadBalancerSourceRanges": each(network),
        "externalIPs": each(address),
    },
    "core.v1.ServicePort": {
        "name": dns_label,
        "port": port,
        "targetPort": port_or_same,
        "nodePort": port_or_none,
        "appProtocol": label_key,
    },
    "core.v1.ClientIPConfig": {"timeoutSeconds": between(1, 86400)},
    "core.v1.PersistentVolumeClaimSpec": {"storageClassName": subdomain},
    "core.v1.ResourceQuotaSpec": {"hard": quota_resources},
    "core.v1.LimitRangeItem": {
        "type": both(filled, one_of("Container", "Pod", "PersistentVolumeClaim"))
    },
    "core.v1.ConfigMap": {"data": keys(data_key), "binaryData": keys(data_key)},
    "core.v1.Secret": {"data": keys(data_key), "stringData": keys(data_key)},
    "apps.v1.DeploymentSpec": _workload,
    "apps.v1.ReplicaSetSpec": _workload,
    "apps.v1.StatefulSetSpec": {
        "replicas": natural,
        "minReadySeconds": natural,
        "serviceName": dns_label,
    },
    "apps.v1.DaemonSetSpec": _workload,
    "apps.v1.RollingUpdateDeployment": _rolling,
    "apps.v1.RollingUpdateDaemonSet": _rolling,
    "apps.v1.RollingUpdateStatefulSetStrategy": {"partition": natural, "maxUnavailable": share},
    "batch.v1.JobSpec": {
        "parallelism": natural,
        "completions": natural,
        "backoffLimit": natural,
        "activeDeadlineSeconds": natural,
        "ttlSecondsAfterFinished": natural,
    },
    "batch.v1.CronJobSpec": {
        "schedule": both(filled, schedule),
        "startingDeadlineSeconds": natural,
        "successfulJobsHistoryLimit": natural,
        "failedJobsHistoryLimit": natural,
    },
    "autoscaling.v1.HorizontalPodAutoscalerSpec": {
        "maxReplicas": positive,
        "minReplicas": positive,
        "targetCPUUtilizationPercentage": positive,
    },
    "autoscaling.v2.HorizontalPodAutoscalerSpec": {
        "maxReplicas": positive,
        "minReplicas": positive,
    },
    "autoscaling.v2.MetricSpec": {
        "type": one_of("ContainerResource", "External", "Object", "Pods", "Resource")
    },
    "autoscaling.v2.MetricTarget": {
        "type": both(filled, one_of("Utilization", "Value", "AverageValue")),
        "averageUtilization": positive,
    },
    "autoscaling.v2.HPAScalingRules": {
        "stabilizationWindowSeconds": between(0, 3600),
        "selectPolicy": one_of("Max", "Min", "Disabled"),
    },
    "autoscaling.v2.HPAScalingPolicy": {
        "type": both(filled, one_of("Pods", "Percent")),
        "value": positive,
        "periodSeconds": between(1, 1800),
    },
    "policy.v1.PodDisruptionBudgetSpec": {"minAvailable": share, "maxUnavailable": share},
    "networking.v1.IngressRule": {"host": host},
    "networking.v1.IngressTLS": {"hosts": each(wildcard)},
    "networking.v1.HTTPIngressPath": {"pathType": filled},
    "networking.v1.IngressServiceBackend": {"name": both(filled, dns_label)},
    "networking.v1.ServiceBackendPort": {"name": port_name, "number": port},
    "networking.v1.IPBlock": {"cidr": network, "except": each(network)},
    "networking.v1.NetworkPolicyPort": {"port": port_or_name, "endPort": port},
    "rbac.v1.RoleRef": {"kind": both(filled, one_of("Role", "ClusterRole")), "name": filled},
    "rbac.v1.Subject": {
        "kind": both(filled, one_of("User", "Group", "ServiceAccount")),
        "name": filled,
    },
    "networking.v1.IngressSpec": {"ingressClassName": subdomain},
}  # fmt: skip

# What a server takes in a field, and what can match nothing: no ConfigMap has such a key, no node
# such a label.
USELESS: Mapping[str, Mapping[str, Check]] = {
    "core.v1.KeyToPath": {"key": data_key},
    "core.v1.TopologySpreadConstraint": {"topologyKey": label_key},
}

# Fields that a server needs although its schema does not say so.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "core.v1.Container": ("name", "image"),
    "core.v1.PodSpec": ("containers",),
    "core.v1.Pod": ("spec",),
    "core.v1.PodTemplateSpec": ("spec",),
    "core.v1.EnvVar": ("name",),
    "core.v1.Volume": ("name",),
    "core.v1.VolumeMount": ("name", "mountPath"),
    "core.v1.ConfigMapKeySelector": ("key",),
    "core.v1.SecretKeySelector": ("key",),
    "core.v1.ObjectFieldSelector": ("fieldPath",),
    "core.v1.ResourceFieldSelector": ("resource",),
    "core.v1.KeyToPath": ("key", "path"),
    "core.v1.HTTPGetAction": ("port",),
    "core.v1.TCPSocketAction": ("port",),
    "core.v1.ExecAction": ("command",),
    "core.v1.HostPathVolumeSource": ("path",),
    "core.v1.NFSVolumeSource": ("server", "path"),
    "core.v1.PersistentVolumeClaimVolumeSource": ("claimName",),
    "core.v1.CSIVolumeSource": ("driver",),
    "core.v1.HostAlias": ("ip",),
    "core.v1.Service": ("spec",),
    "core.v1.PersistentVolumeClaim": ("spec",),
    "core.v1.PersistentVolumeClaimSpec": ("accessModes",),
    "core.v1.NodeSelector": ("nodeSelectorTerms",),
    "apps.v1.Deployment": ("spec",),
    "apps.v1.ReplicaSet": ("spec",),
    "apps.v1.StatefulSet": ("spec",),
    "apps.v1.DaemonSet": ("spec",),
    "batch.v1.Job": ("spec",),
    "batch.v1.CronJob": ("spec",),
    "batch.v1.JobTemplateSpec": ("spec",),
    "batch.v1.PodFailurePolicyRule": ("action",),
    "autoscaling.v1.HorizontalPodAutoscaler": ("spec",),
    "autoscaling.v2.HorizontalPodAutoscaler": ("spec",),
    "autoscaling.v1.CrossVersionObjectReference": ("kind", "name"),
    "autoscaling.v2.CrossVersionObjectReference": ("kind", "name"),
    "networking.v1.Ingress": ("spec",),
    "networking.v1.HTTPIngressRuleValue": ("paths",),
    "rbac.v1.PolicyRule": ("verbs",),
    "meta.v1.OwnerReference": ("apiVersion", "kind", "name", "uid"),
    "meta.v1.LabelSelectorRequirement": ("key", "operator"),
}

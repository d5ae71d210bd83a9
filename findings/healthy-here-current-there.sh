#!/usr/bin/env bash
# Argo CD's health (gitops-engine of Argo CD 3.2.6) and kstatus (cli-utils 0.37.2, which Flux and
# kpt wait with), asked of the same objects with the same status.
#
# Guess: what gates a wave here and a dependency there agree on what runs, and neither takes
#   what does not run for done.
# Seen: a DaemonSet with `OnDelete` of which no pod runs is Healthy to one; a Job that has only
#   begun, and a Pod that failed, are Current to the other. A StatefulSet whose pods are all of the old
#   revision is done for both, by `OnDelete` or by its partition. An autoscaler that gets no metrics is
#   done for both, and a Service or an Ingress without an address holds one of them up for ever. A
#   custom resource that says Ready: False has no health for one.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
engine=v0.7.1-0.20251217140045-5baed5604d2d
{
  printf 'module read\ngo 1.26\nreplace (\n'
  for name in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider \
    cluster-bootstrap code-generator component-base component-helpers controller-manager cri-api cri-client \
    csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator \
    kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils \
    pod-security-admission sample-apiserver sample-cli-plugin sample-controller; do
    printf '\tk8s.io/%s => k8s.io/%s v0.34.0\n' "$name" "$name"
  done
  printf ')\n'
} > go.mod
cat > read.go <<'E1'
package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/argoproj/gitops-engine/pkg/health"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

func main() {
	raw, _ := os.ReadFile("objects.yaml")
	for _, text := range strings.Split(string(raw), "\n---\n") {
		object := &unstructured.Unstructured{}
		said, err := yaml.YAMLToJSON([]byte(text))
		if err == nil {
			err = object.UnmarshalJSON(said)
		}
		if err != nil {
			panic(err)
		}
		argo := "no health"
		if found, err := health.GetResourceHealth(object, nil); err != nil {
			argo = err.Error()
		} else if found != nil {
			argo = string(found.Status)
		}
		found, err := status.Compute(object)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: %s, %s\n", object.GetName(), argo, found.Status)
	}
}
E1
pods='selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}'
old='observedGeneration: 2, replicas: 3, readyReplicas: 3, availableReplicas: 3, updatedReplicas: 0, currentReplicas: 3, currentRevision: a-1, updateRevision: a-2'
work='template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}'
cat > objects.yaml <<E1
{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: no pod of a DaemonSet with OnDelete, generation: 2}, spec: {updateStrategy: {type: OnDelete}, $pods}, status: {observedGeneration: 2, desiredNumberScheduled: 3, currentNumberScheduled: 3, numberMisscheduled: 0, numberReady: 0, numberUnavailable: 3}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: old pods of a StatefulSet with OnDelete, generation: 2}, spec: {replicas: 3, serviceName: a, updateStrategy: {type: OnDelete}, $pods}, status: {$old}}
---
{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: old pods of a StatefulSet with a partition, generation: 2}, spec: {replicas: 3, serviceName: a, updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 3}}, $pods}, status: {$old}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: a Job that has begun}, spec: {$work}, status: {active: 1, startTime: "2024-01-01T00:00:00Z"}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a Pod that failed}, spec: {restartPolicy: Never, containers: [{name: a, image: a}]}, status: {phase: Failed, conditions: [{type: Ready, status: "False", reason: PodFailed}], containerStatuses: [{name: a, image: a, imageID: a, ready: false, restartCount: 0, state: {terminated: {exitCode: 1}}}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a Pod without its image, creationTimestamp: "2024-01-01T00:00:00Z"}, spec: {restartPolicy: Always, containers: [{name: a, image: a}]}, status: {phase: Pending, conditions: [{type: PodScheduled, status: "True"}, {type: Ready, status: "False", reason: ContainersNotReady}], containerStatuses: [{name: a, image: a, imageID: "", ready: false, restartCount: 0, state: {waiting: {reason: ImagePullBackOff}}}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: a LoadBalancer without an address}, spec: {type: LoadBalancer, clusterIP: 10.0.0.1, ports: [{port: 80}]}, status: {loadBalancer: {}}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: an Ingress without an address}, spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}, status: {loadBalancer: {}}}
---
{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: an autoscaler without metrics}, spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}, maxReplicas: 3}, status: {desiredReplicas: 0, currentMetrics: null, conditions: [{type: AbleToScale, status: "True", reason: SucceededGetScale}, {type: ScalingActive, status: "False", reason: FailedGetResourceMetric}]}}
---
{apiVersion: example.com/v1, kind: Queue, metadata: {name: a custom resource that is not Ready, generation: 1}, status: {conditions: [{type: Ready, status: "False", reason: Broken}]}}
---
{apiVersion: batch/v1, kind: Job, metadata: {name: a Job that is suspended}, spec: {suspend: true, $work}, status: {conditions: [{type: Suspended, status: "True"}]}}
E1
go get "github.com/argoproj/gitops-engine@$engine" sigs.k8s.io/cli-utils@v0.37.2 > got 2>&1
go mod tidy > tidied 2>&1
go run . | tee seen
cat > expected <<'E1'
no pod of a DaemonSet with OnDelete: Healthy, InProgress
old pods of a StatefulSet with OnDelete: Healthy, Current
old pods of a StatefulSet with a partition: Healthy, Current
a Job that has begun: Progressing, Current
a Pod that failed: Degraded, Current
a Pod without its image: Degraded, InProgress
a LoadBalancer without an address: Progressing, Current
an Ingress without an address: Progressing, Current
an autoscaler without metrics: Healthy, Current
a custom resource that is not Ready: no health, InProgress
a Job that is suspended: Suspended, InProgress
E1
diff expected seen

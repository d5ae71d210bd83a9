#!/usr/bin/env bash
# gitops-engine of Argo CD 3.2.6: what it reads in the annotations for waves and hooks.
#
# Guess: a wave that is no whole number is an error, as is a hook that there is not; and Helm's
#   annotations concern Helm.
# Seen: a wave of `1.0`, `two` or ` 3` is no wave; then Helm's `hook-weight` counts, on objects that are
#   no hooks as well, and else the object goes with wave 0, before what it was to follow. An object
#   whose hook is misspelt is still taken for a hook, of no kind: it belongs to no phase of a sync, so
#   nothing applies it. The same becomes of Helm's `test` and of its hooks for deletion.
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
	"sort"

	"github.com/argoproj/gitops-engine/pkg/sync/hook"
	"github.com/argoproj/gitops-engine/pkg/sync/syncwaves"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const (
	wave   = "argocd.argoproj.io/sync-wave"
	hooked = "argocd.argoproj.io/hook"
	weight = "helm.sh/hook-weight"
	helms  = "helm.sh/hook"
)

func object(said map[string]string) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap"}}
	made.SetAnnotations(said)
	return made
}

func main() {
	for _, text := range []string{"2", "+2", "-2", "1.0", "two", " 3", "1e1", "0x2"} {
		fmt.Printf("wave %q: %d, beside weight 7: %d\n", text, syncwaves.Wave(object(map[string]string{wave: text})),
			syncwaves.Wave(object(map[string]string{wave: text, weight: "7"})))
	}
	fmt.Printf("weight 7 alone: %d\n", syncwaves.Wave(object(map[string]string{weight: "7"})))
	for _, said := range []map[string]string{
		{hooked: "PreSync"}, {hooked: "Presync"}, {hooked: "PreSync, Oops"}, {hooked: ""}, {hooked: "Skip"},
		{helms: "pre-install"}, {helms: "test"}, {helms: "pre-delete"},
	} {
		var kinds []string
		for _, kind := range hook.Types(object(said)) {
			kinds = append(kinds, string(kind))
		}
		sort.Strings(kinds)
		fmt.Printf("%v: a hook %t, of %v\n", said, hook.IsHook(object(said)), kinds)
	}
}
E1
go get "github.com/argoproj/gitops-engine@$engine" > got 2>&1
go mod tidy > tidied 2>&1
go run . | tee seen
cat > expected <<'E1'
wave "2": 2, beside weight 7: 2
wave "+2": 2, beside weight 7: 2
wave "-2": -2, beside weight 7: -2
wave "1.0": 0, beside weight 7: 7
wave "two": 0, beside weight 7: 7
wave " 3": 0, beside weight 7: 7
wave "1e1": 0, beside weight 7: 7
wave "0x2": 0, beside weight 7: 7
weight 7 alone: 7
map[argocd.argoproj.io/hook:PreSync]: a hook true, of [PreSync]
map[argocd.argoproj.io/hook:Presync]: a hook true, of []
map[argocd.argoproj.io/hook:PreSync, Oops]: a hook true, of [PreSync]
map[argocd.argoproj.io/hook:]: a hook true, of []
map[argocd.argoproj.io/hook:Skip]: a hook false, of [Skip]
map[helm.sh/hook:pre-install]: a hook true, of [PreSync]
map[helm.sh/hook:test]: a hook true, of []
map[helm.sh/hook:pre-delete]: a hook true, of []
E1
diff expected seen

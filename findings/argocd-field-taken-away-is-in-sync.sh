#!/usr/bin/env bash
# gitops-engine of Argo CD 3.6.1: the comparison that `ServerSideApply=true` brings since 3.6.
#
# Guess: it asks the API server in a dry run what an apply would make, so whatever the apply would change
#   is out of sync.
# Seen: what the answer holds beside the applier's own fields is put back to what is live, as if a webhook
#   had written it. A field that the manifest said until now, and that has a default, comes back from the
#   dry run with the default, owned by nobody: so `replicas: 0` that is taken out of a manifest stays at 0,
#   a CronJob stays suspended and a Service sticky, in sync, although the next apply would change all
#   three. A field without a default, or an annotation beside it, is missed at once.
#
# The dry run's answers are written out here as an API server gives them: own fields as they are applied,
# defaults filled in, managed fields of the applier.
set -euo pipefail
export GOTOOLCHAIN=auto
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
{
  printf 'module compare\ngo 1.27.0\nreplace (\n'
  for name in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider \
    cluster-bootstrap code-generator component-base component-helpers controller-manager cri-api cri-client \
    cri-streaming csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms \
    kube-aggregator kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils \
    pod-security-admission sample-apiserver sample-cli-plugin sample-controller streaming; do
    printf '\tk8s.io/%s => k8s.io/%s v0.37.0\n' "$name" "$name"
  done
  printf ')\n'
} > go.mod
cat > compare.go <<'E1'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/diff/testdata"
	models "github.com/google/gnostic-models/openapiv2"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/managedfields"
	openapi "k8s.io/kube-openapi/pkg/util/proto"
)

const applier = "argocd-controller"

// body is a part of an object, owned the fields of it that the applier said.
type body = map[string]any

// server answers each dry run with one object.
type server struct{ object *unstructured.Unstructured }

func (s server) Run(context.Context, *unstructured.Unstructured, string) (string, error) {
	text, err := json.Marshal(s.object.Object)
	return string(text), err
}

// fields are the managed fields of what was applied.
func fields(said body) body {
	owned := body{}
	for name, value := range said {
		if name == "apiVersion" || name == "kind" || name == "name" {
			continue
		}
		inner := body{}
		if part, is := value.(body); is {
			inner = fields(part)
		}
		owned["f:"+name] = inner
	}
	return owned
}

func deep(of body) body {
	text, _ := json.Marshal(of)
	var same body
	_ = json.Unmarshal(text, &same)
	return same
}

// stored is an applied object as the API server keeps it, with one default where nothing was said.
func stored(said body, path, standard any) *unstructured.Unstructured {
	made := &unstructured.Unstructured{Object: deep(said)}
	if name, is := path.(string); is {
		spec := made.Object["spec"].(body)
		if _, known := spec[name]; !known {
			spec[name] = standard
		}
	}
	raw, _ := json.Marshal(fields(said))
	entry := body{"manager": applier, "operation": "Apply", "apiVersion": made.GetAPIVersion(),
		"fieldsType": "FieldsV1", "fieldsV1": deep(body{"x": json.RawMessage(raw)})["x"]}
	_ = unstructured.SetNestedSlice(made.Object, []any{entry}, "metadata", "managedFields")
	return made
}

func object(kind, version string, spec body, annotations body) body {
	metadata := body{"name": "one"}
	if annotations != nil {
		metadata["annotations"] = annotations
	}
	return body{"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
}

func main() {
	document := &models.Document{}
	if err := proto.Unmarshal(testdata.OpenAPIV2Doc, document); err != nil {
		panic(err)
	}
	data, err := openapi.NewOpenAPIData(document)
	if err != nil {
		panic(err)
	}
	parser, err := managedfields.NewGVKParser(data, false)
	if err != nil {
		panic(err)
	}
	apps, batch := "apps/v1", "batch/v1"
	mark := body{"example.com/asleep": "true"}
	for _, row := range []struct {
		what          string
		before, after body
		path          any
		standard      any
	}{
		{"replicas: 0, then nothing", object("Deployment", apps, body{"replicas": 0, "minReadySeconds": 1}, nil),
			object("Deployment", apps, body{"minReadySeconds": 1}, nil), "replicas", int64(1)},
		{"replicas: 0, then 1", object("Deployment", apps, body{"replicas": 0, "minReadySeconds": 1}, nil),
			object("Deployment", apps, body{"replicas": 1, "minReadySeconds": 1}, nil), "replicas", int64(1)},
		{"suspend: true, then nothing", object("CronJob", batch, body{"suspend": true, "schedule": "0 3 * * *"}, nil),
			object("CronJob", batch, body{"schedule": "0 3 * * *"}, nil), "suspend", false},
		{"sessionAffinity: ClientIP, then nothing", object("Service", "v1", body{"sessionAffinity": "ClientIP", "externalName": "a.b"}, nil),
			object("Service", "v1", body{"externalName": "a.b"}, nil), "sessionAffinity", "None"},
		{"paused: true, then nothing", object("Deployment", apps, body{"paused": true, "minReadySeconds": 1}, nil),
			object("Deployment", apps, body{"minReadySeconds": 1}, nil), nil, nil},
		{"replicas: 0 and an annotation, then neither", object("Deployment", apps, body{"replicas": 0, "minReadySeconds": 1}, mark),
			object("Deployment", apps, body{"minReadySeconds": 1}, nil), "replicas", int64(1)},
	} {
		live, answer := stored(row.before, row.path, row.standard), stored(row.after, row.path, row.standard)
		would, _, _ := unstructured.NestedFieldNoCopy(answer.Object, "spec")
		is, _, _ := unstructured.NestedFieldNoCopy(live.Object, "spec")
		result, err := diff.ServerSideDiff(context.Background(), &unstructured.Unstructured{Object: row.after}, live,
			diff.WithGVKParser(parser), diff.WithManager(applier), diff.WithServerSideDryRunner(server{answer}))
		if err != nil {
			panic(err)
		}
		said := "in sync"
		if result.Modified {
			said = "out of sync"
		}
		kind := strings.ToLower(row.after["kind"].(string))
		fmt.Printf("%s, %s: live %v, an apply makes %v: %s\n", kind, row.what, is, would, said)
	}
}
E1
go get github.com/argoproj/argo-cd/gitops-engine/v3@v3.6.1 > got 2>&1
go mod tidy > tidied 2>&1
go run . 2>&1 | tee seen
cat > expected <<'E1'
deployment, replicas: 0, then nothing: live map[minReadySeconds:1 replicas:0], an apply makes map[minReadySeconds:1 replicas:1]: in sync
deployment, replicas: 0, then 1: live map[minReadySeconds:1 replicas:0], an apply makes map[minReadySeconds:1 replicas:1]: out of sync
cronjob, suspend: true, then nothing: live map[schedule:0 3 * * * suspend:true], an apply makes map[schedule:0 3 * * * suspend:false]: in sync
service, sessionAffinity: ClientIP, then nothing: live map[externalName:a.b sessionAffinity:ClientIP], an apply makes map[externalName:a.b sessionAffinity:None]: in sync
deployment, paused: true, then nothing: live map[minReadySeconds:1 paused:true], an apply makes map[minReadySeconds:1]: out of sync
deployment, replicas: 0 and an annotation, then neither: live map[minReadySeconds:1 replicas:0], an apply makes map[minReadySeconds:1 replicas:1]: out of sync
E1
diff expected seen

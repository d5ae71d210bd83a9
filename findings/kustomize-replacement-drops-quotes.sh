#!/usr/bin/env bash
# kustomize 5.8.2: `replacements` that create the field they write (`options: {create: true}`).
#
# Guess: a quoted text of a ConfigMap arrives as that text.
# Seen: in a field that was there it does, and in the object's own annotations. In a pod's
#   annotations that it creates, "007" becomes the number 7, "1.10" becomes 1.1, "1e3" 1000, "true" a
#   boolean, "null" nothing, and a day a point in time. The build succeeds; a server then refuses the
#   object, since annotations are text, and a version that passes as a number is another one.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
cat > objects.yaml <<'E1'
apiVersion: v1
kind: ConfigMap
metadata: {name: said}
data: {a: "007", b: "1.10", c: "1e3", d: "true", e: "null", f: "2024-01-01", g: v7}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec: {template: {metadata: {annotations: {there: old}}, spec: {containers: [{name: web, image: web}]}}}
E1
for key in a b c d e f g; do
  cat > kustomization.yaml <<E1
resources: [objects.yaml]
replacements:
  - source: {kind: ConfigMap, name: said, fieldPath: data.$key}
    targets:
      - select: {kind: Deployment}
        fieldPaths: [metadata.annotations.new, spec.template.metadata.annotations.new]
        options: {create: true}
      - {select: {kind: Deployment}, fieldPaths: [spec.template.metadata.annotations.there]}
E1
  ./kustomize build . | sed -n 's/^ *\(new\|there\): \(.*\)/\2/p' | paste -sd'|'
done > built
{ echo 'own, new|pod, new|pod, there'; cat built; } | tee seen
cat > expected <<'E1'
own, new|pod, new|pod, there
"007"|7|"007"
"1.10"|1.1|"1.10"
"1e3"|1000|"1e3"
"true"|true|"true"
"null"|null|"null"
"2024-01-01"|"2024-01-01T00:00:00Z"|"2024-01-01"
v7|v7|v7
E1
diff expected seen

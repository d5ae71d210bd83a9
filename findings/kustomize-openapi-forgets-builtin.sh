#!/usr/bin/env bash
# kustomize 5.8.2: `openapi: {path: ...}` for one custom kind changes how Deployments are patched.
#
# Guess: the field adds what a custom kind needs; built-in kinds keep their schema.
# Seen: the file replaces the built-in schema as a whole. The same patch of one container, which
#   keeps the sidecar without the field, removes it with the field: lists of built-in kinds have
#   lost their merge keys and are replaced. The exit code is 0 and nothing is printed.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

cat > base.yaml <<'E1'
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    spec:
      containers: [{name: cart, image: "cart:1"}, {name: sidecar, image: "sidecar:1"}]
E1
cat > patch.yaml <<'E1'
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  template:
    spec:
      containers: [{name: cart, image: "cart:2"}]
E1
cat > widget.json <<'E1'
{"definitions": {"io.example.Widget": {"type": "object", "x-kubernetes-group-version-kind":
  [{"group": "example.io", "version": "v1", "kind": "Widget"}]}}}
E1
images() { ./kustomize build . | sed -n 's/.*image: //p' | paste -sd' '; }
{
  printf 'resources: [base.yaml]\npatches: [{path: patch.yaml}]\n' > kustomization.yaml
  echo "without the field: $(images)"
  echo 'openapi: {path: widget.json}' >> kustomization.yaml
  echo "with the field: $(images)"
} | tee seen
cat > expected <<'E1'
without the field: cart:2 sidecar:1
with the field: cart:2
E1
diff expected seen

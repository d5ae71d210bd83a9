#!/usr/bin/env bash
# kustomize 5.8.2: a JSON patch of one field changes a whole number in another field.
#
# Guess: `add /spec/note` touches spec.note. Whole numbers fit into 64 bits, for which the API has
#   a format, and a build without the patch keeps them.
# Seen: 9007199254740993 (2^53 + 1) becomes 9007199254740992 as soon as any JSON patch goes over
#   the object: the object passes through floating point. A strategic merge patch of the same
#   field leaves it alone.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

cat > base.yaml <<'E1'
apiVersion: example.io/v1
kind: Counter
metadata: {name: cart}
spec: {offset: 9007199254740993}
E1
offset() { ./kustomize build . | sed -n 's/.*offset: //p'; }
{
  echo 'resources: [base.yaml]' > kustomization.yaml
  echo "no patch: $(offset)"
  cat >> kustomization.yaml <<'E1'
patches:
- patch: |
    {apiVersion: example.io/v1, kind: Counter, metadata: {name: cart}, spec: {note: a}}
E1
  echo "strategic merge patch: $(offset)"
  cat > kustomization.yaml <<'E1'
resources: [base.yaml]
patches:
- target: {kind: Counter}
  patch: '[{"op": "add", "path": "/spec/note", "value": "a"}]'
E1
  echo "JSON patch: $(offset)"
} | tee seen
cat > expected <<'E1'
no patch: 9007199254740993
strategic merge patch: 9007199254740993
JSON patch: 9007199254740992
E1
diff expected seen

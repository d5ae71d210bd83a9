#!/usr/bin/env bash
# kustomize 5.8.2: half of the directives of a strategic merge patch are obeyed, the others are
# copied into the output as fields.
#
# Guess: kustomize's patches are Kubernetes' strategic merge patches. `$patch: delete` works, so
#   `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`, which kubectl writes itself,
#   work too or are refused.
# Seen: the three come out as literal fields, and what they order is not done: the finalizer stays
#   and rollingUpdate stays beside type Recreate. The exit code is 0.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

cat > base.yaml <<'E1'
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, finalizers: [a.io/x, a.io/z]}
spec:
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}
  template: {spec: {containers: [{name: cart, env: [{name: A}, {name: B}]}, {name: old}]}}
E1
cat > kustomization.yaml <<'E1'
resources: [base.yaml]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, $deleteFromPrimitiveList/finalizers: [a.io/x]}
    spec:
      strategy: {$retainKeys: [type], type: Recreate}
      template:
        spec:
          containers:
          - {name: old, $patch: delete}
          - {name: cart, $setElementOrder/env: [{name: B}, {name: A}]}
E1
cat > expected <<'E1'
  $deleteFromPrimitiveList/finalizers:
  - a.io/x
  finalizers:
  - a.io/x
  - a.io/z
  name: cart
spec:
  strategy:
    $retainKeys:
    - type
    rollingUpdate:
      maxSurge: 1
    type: Recreate
  template:
    spec:
      containers:
      - $setElementOrder/env:
        - name: B
        - name: A
        env:
        - name: A
        - name: B
        name: cart
E1
./kustomize build . | sed '1,/^metadata:/d' | tee seen
diff expected seen

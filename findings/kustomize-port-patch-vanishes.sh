#!/usr/bin/env bash
# kustomize 5.8.2: a strategic merge patch of a port is dropped without a word if it names the
# protocol and the base does not, or the other way round.
#
# Guess: ports merge by containerPort and protocol, an absent protocol is TCP (so the API says),
#   and what fits nothing is added. Then 53/UDP is a new port and 80 gets its name.
# Seen: neither arrives; of three entries only 90/TCP, whose number is new, gets in. The exit code
#   is 0 and nothing is printed.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

cat > base.yaml <<'E1'
apiVersion: apps/v1
kind: Deployment
metadata: {name: dns}
spec:
  template:
    spec:
      containers:
      - {name: dns, ports: [{containerPort: 53}, {containerPort: 80, protocol: TCP}]}
E1
cat > kustomization.yaml <<'E1'
resources: [base.yaml]
patches:
- patch: |
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: dns}
    spec:
      template:
        spec:
          containers:
          - name: dns
            ports:
            - {containerPort: 53, protocol: UDP}
            - {containerPort: 80, name: http}
            - {containerPort: 90, protocol: TCP}
E1
cat > expected <<'E1'
        ports:
        - containerPort: 90
          protocol: TCP
        - containerPort: 53
        - containerPort: 80
          protocol: TCP
E1
./kustomize build . | sed -n '/ports:/,$p' | tee seen
diff expected seen

#!/usr/bin/env bash
# kustomize 5.8.2: `labels` with includeSelectors (as commonLabels did).
#
# Guess: the labels are added to selectors that are there, all of them, and each selector goes on
#   selecting the pods of the same build.
# Seen: a Service without selector, whose endpoints are written by hand, gets one, and so does an
#   ExternalName. The PodDisruptionBudget that selects by an expression, and the NetworkPolicy that
#   selects all, get none. A rule that lets in or keeps away pods of somebody else now asks them
#   for this team's label.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
cat > objects.yaml <<'E1'
{apiVersion: v1, kind: Service, metadata: {name: by-hand}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: elsewhere}, spec: {type: ExternalName, externalName: a.example}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: budget}
spec: {selector: {matchExpressions: [{key: app, operator: Exists}]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all}
spec: {podSelector: {}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: callers}
spec: {podSelector: {matchLabels: {app: cart}}, ingress: [{from: [{podSelector: {matchLabels: {app: other}}}]}]}
E1
printf 'resources: [objects.yaml]\nlabels: [{pairs: {team: shop}, includeSelectors: true}]\n' > kustomization.yaml
./kustomize build . > built.yaml
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install PyYAML==6.0.4
env/bin/python - <<'E1' | tee seen
import yaml
for made in yaml.safe_load_all(open("built.yaml")):
    spec = made["spec"]
    selector = spec.get("selector", spec.get("podSelector"))
    sources = [rule["from"] for rule in spec.get("ingress", [])]
    print(made["kind"], made["metadata"]["name"], selector, *sources)
E1
cat > expected <<'E1'
Service by-hand {'team': 'shop'}
Service elsewhere {'team': 'shop'}
PodDisruptionBudget budget {'matchExpressions': [{'key': 'app', 'operator': 'Exists'}]}
NetworkPolicy all {}
NetworkPolicy callers {'matchLabels': {'app': 'cart', 'team': 'shop'}} [{'podSelector': {'matchLabels': {'app': 'other', 'team': 'shop'}}}]
E1
diff expected seen

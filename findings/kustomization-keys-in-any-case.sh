#!/usr/bin/env bash
# kustomize 5.8.2: the keys of a kustomization are read in any case, and which of two spellings
# counts does not depend on their order in the file.
#
# Guess: Kubernetes' files are case-sensitive, and kustomize refuses unknown fields
#   (`namePrefixes` is refused), so `NamePrefix` and `RESOURCES` are refused as well.
# Seen: both are read. Beside `namePrefix` another spelling is ignored, whichever stands first; of
#   `NamePrefix` and `nAMEPREFIX` the latter counts, whichever stands first.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cart}\n' > base.yaml
name() {
  printf '%s\n' "$@" > kustomization.yaml
  ./kustomize build . > seen.1 2>&1 || true
  grep -oE 'name: .*|unknown field "[^"]*"' seen.1
}
{
  name 'resources: [base.yaml]' 'namePrefixes: a-'
  name 'RESOURCES: [base.yaml]' 'NamePrefix: other-'
  name 'resources: [base.yaml]' 'namePrefix: exact-' 'NamePrefix: other-'
  name 'resources: [base.yaml]' 'NamePrefix: other-' 'namePrefix: exact-'
  name 'resources: [base.yaml]' 'nAMEPREFIX: third-' 'NamePrefix: other-'
  name 'resources: [base.yaml]' 'NamePrefix: other-' 'nAMEPREFIX: third-'
} | tee seen
cat > expected <<'E1'
unknown field "namePrefixes"
name: other-cart
name: exact-cart
name: exact-cart
name: third-cart
name: third-cart
E1
diff expected seen

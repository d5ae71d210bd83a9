#!/usr/bin/env bash
# kustomize 5.8.2: `namespace:` puts a namespace on cluster-scoped kinds of Kubernetes itself.
#
# Guess: kustomize knows which kinds of Kubernetes are cluster-scoped; it leaves a StorageClass or
#   an IngressClass alone, so also a DeviceClass, ServiceCIDR and IPAddress, which are v1 kinds of
#   the API's own groups.
# Seen: these three get `metadata.namespace`, as if they were custom kinds of a namespace.
#   ValidatingAdmissionPolicy, newer than kustomize's schema as they are, does not.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

while read -r version kind; do
  printf -- '---\napiVersion: %s\nkind: %s\nmetadata: {name: %s}\n' "$version" "$kind" "${kind,,}"
done > kinds.yaml <<'E1'
admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy
networking.k8s.io/v1 IngressClass
networking.k8s.io/v1 IPAddress
networking.k8s.io/v1 ServiceCIDR
resource.k8s.io/v1 DeviceClass
storage.k8s.io/v1 StorageClass
E1
printf 'namespace: shop\nresources: [kinds.yaml]\n' > kustomization.yaml
./kustomize build . | awk '
  /^kind:/ {kind = $2; where[kind] = "none"}
  /^  namespace:/ {where[kind] = $2}
  END {for (kind in where) print kind, where[kind]}' | LC_ALL=C sort | tee seen
cat > expected <<'E1'
DeviceClass shop
IPAddress shop
IngressClass none
ServiceCIDR shop
StorageClass none
ValidatingAdmissionPolicy none
E1
diff expected seen

//go:build tools

// What Argo CD's repo-server renders with.
package kustomize

import _ "sigs.k8s.io/kustomize/kustomize/v5"

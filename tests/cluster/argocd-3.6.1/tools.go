//go:build tools

// What of Argo CD is built: its one binary.
package argocd

import _ "github.com/argoproj/argo-cd/v3/cmd"

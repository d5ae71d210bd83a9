//go:build tools

// What of Istio is built: istiod.
package istiod

import _ "istio.io/istio/pilot/cmd/pilot-discovery"

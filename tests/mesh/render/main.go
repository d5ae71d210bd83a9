// Builds Kustomize folders with the library behind `kubectl kustomize` and `kustomize build`, many in one process.
// Arguments: folders. Prints one JSON line for each, in order: {"folder", "manifests"}; ends with the first that fails.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified // as the commands do: legacy order, unless the kustomization says
	out := json.NewEncoder(os.Stdout)
	for _, folder := range os.Args[1:] {
		built, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
		if err == nil {
			var manifests []byte
			if manifests, err = built.AsYaml(); err == nil {
				err = out.Encode(map[string]string{"folder": folder, "manifests": string(manifests)})
			}
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, err)
			os.Exit(1)
		}
	}
}

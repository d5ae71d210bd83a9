// What other readers say of an output tree: Kubernetes' own types, CustomResourceDefinitions, and the analyzers behind
// `istioctl analyze`. Writes one JSON finding a line; what is said is judged elsewhere.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/resource"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
)

var (
	treeFile    = flag.String("tree", "", "all objects of the tree")
	clusterFile = flag.String("cluster", "", "objects that are in the cluster beside the tree: Istio's own, Pods")
	outFile     = flag.String("out", "", "where the findings go")
	meshFile    = flag.String("mesh", "", "mesh configuration")
	crdFiles    = flag.String("crds", "", "files with CustomResourceDefinitions, separated by commas")
)

const separator = "\n---\n" // each document is one line of JSON

// finding is what one reader says of one object.
type finding struct {
	Reader  string `json:"reader"`
	Level   string `json:"level"`
	Code    string `json:"code"`
	Object  string `json:"object"`
	Message string `json:"message"`
}

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	tree, err := os.ReadFile(*treeFile)
	if err != nil {
		return err
	}
	found, err := typed(string(tree))
	if err != nil {
		return err
	}
	analyzed, err := analyzed()
	if err != nil {
		return err
	}
	file, err := os.Create(*outFile) // Istio's libraries write their log to the standard output
	if err != nil {
		return err
	}
	defer file.Close()
	out := json.NewEncoder(file)
	for _, said := range append(found, analyzed...) {
		if err := out.Encode(said); err != nil {
			return err
		}
	}
	return nil
}

// typed decodes each object strictly: by Kubernetes' Go types where they have it, by a CustomResourceDefinition else.
func typed(tree string) ([]finding, error) {
	validator, err := crd.NewValidatorFromFiles(strings.Split(*crdFiles, ",")...)
	if err != nil {
		return nil, err
	}
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	found := []finding{}
	for _, document := range strings.Split(tree, separator) {
		var head struct {
			Kind     string `json:"kind"`
			Metadata struct{ Namespace, Name string }
		}
		if err := json.Unmarshal([]byte(document), &head); err != nil {
			return nil, err
		}
		_, kind, err := strict.Decode([]byte(document), nil, nil)
		reader := "kubernetes"
		if err != nil && kind != nil && !scheme.Scheme.IsGroupRegistered(kind.Group) {
			reader, err = "crd", validator.ValidateCustomResourceYAML(document, nil)
		}
		if err != nil {
			object := fmt.Sprintf("%s %s/%s", head.Kind, head.Metadata.Namespace, head.Metadata.Name)
			found = append(found, finding{Reader: reader, Level: "Error", Object: object, Message: err.Error()})
		}
	}
	return found, nil
}

// analyzed asks what `istioctl analyze --use-kube=false -A` asks.
func analyzed() ([]finding, error) {
	analyzer := local.NewIstiodAnalyzer(analyzers.AllCombined(), "", resource.Namespace("istio-system"), nil)
	if err := analyzer.AddFileKubeMeshConfig(*meshFile); err != nil {
		return nil, err
	}
	sources := []local.ReaderSource{}
	for _, name := range []string{*treeFile, *clusterFile} {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		sources = append(sources, local.ReaderSource{Name: name, Reader: file})
	}
	if err := analyzer.AddReaderKubeSource(sources); err != nil {
		return nil, err
	}
	result, err := analyzer.Analyze(make(chan struct{}))
	if err != nil {
		return nil, err
	}
	found := []finding{}
	for _, message := range result.Messages {
		object := ""
		if message.Resource != nil {
			object = message.Resource.Origin.FriendlyName()
		}
		level := message.Type.Level().String()
		found = append(found, finding{Reader: "istioctl analyze", Level: level, Code: message.Type.Code(), Object: object, Message: fmt.Sprintf(message.Type.Template(), message.Parameters...)})
	}
	return found, nil
}

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/test/xds"
	crdvalidation "istio.io/istio/pkg/config/crd"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
)

// A change is one line of standard input; each is answered by a line, "done" or what went wrong.
type change struct {
	Delete   bool   `json:"delete"`
	Istio    bool   `json:"istio"`
	Manifest string `json:"manifest"`
}

// follow applies changes, object by object, until standard input is closed.
func follow(server *xds.FakeDiscoveryServer, validator *crdvalidation.Validator, input io.Reader) {
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var next change
		if err := json.Unmarshal(line, &next); err != nil {
			fmt.Fprintf(answers, "%q\n", err.Error())
			continue
		}
		apply := applyCore
		if next.Istio {
			apply = func(server *xds.FakeDiscoveryServer, next change) error { return applyIstio(server, validator, next) }
		}
		if err := apply(server, next); err != nil {
			fmt.Fprintf(answers, "%q\n", err.Error())
			continue
		}
		fmt.Fprintln(answers, "done")
	}
}

func applyIstio(server *xds.FakeDiscoveryServer, validator *crdvalidation.Validator, next change) error {
	if err := validator.ValidateCustomResourceYAML(next.Manifest, nil); err != nil {
		return err
	}
	configs, _, err := crd.ParseInputs(next.Manifest)
	if err != nil {
		return err
	}
	for _, found := range configs {
		if next.Delete {
			if err := server.Store().Delete(found.GroupVersionKind, found.Name, found.Namespace, nil); err != nil {
				return err
			}
			continue
		}
		if old := server.Store().Get(found.GroupVersionKind, found.Name, found.Namespace); old != nil {
			found.ResourceVersion = old.ResourceVersion
			_, err = server.Store().Update(found)
		} else {
			_, err = server.Store().Create(found)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func applyCore(server *xds.FakeDiscoveryServer, next change) error {
	object, kind, err := scheme.Codecs.UniversalDeserializer().Decode([]byte(next.Manifest), nil, nil)
	if err != nil {
		return err
	}
	named, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	resource, _ := meta.UnsafeGuessKindToResource(*kind)
	tracker := server.KubeClient().Kube().(*fake.Clientset).Tracker()
	if next.Delete {
		return tracker.Delete(resource, named.GetNamespace(), named.GetName())
	}
	err = tracker.Update(resource, object, named.GetNamespace())
	if errors.IsNotFound(err) {
		err = tracker.Create(resource, object, named.GetNamespace())
	}
	return err
}

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	istiofake "istio.io/client-go/pkg/clientset/versioned/fake"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/test/xds"
	crdvalidation "istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/kube"
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/testing"
	gatewayfake "sigs.k8s.io/gateway-api/pkg/client/clientset/versioned/fake"
)

// A change is one line of standard input; each is answered by a line, "done" or what went wrong.
type change struct {
	Delete   bool   `json:"delete"`
	Istio    bool   `json:"istio"`
	Gateway  bool   `json:"gateway"` // of the Gateway API
	Ask      string `json:"ask"`     // instead: "tunnels" for what ztunnels hear, an account for its certificate
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
		if next.Ask != "" {
			answer(server, next)
			continue
		}
		apply := applyCore
		if next.Gateway {
			apply = func(server *xds.FakeDiscoveryServer, next change) error { return applyGateway(server, validator, next) }
		}
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
		if err := hearAgain(server, found.GroupVersionKind.Kind, next); err != nil {
			return err
		}
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

// hearAgain has what ztunnels are told of policies hear of them as Kubernetes has them, and not by Istio's own store.
func hearAgain(server *xds.FakeDiscoveryServer, kind string, next change) error {
	if !features.EnableAmbient || kind != "AuthorizationPolicy" && kind != "PeerAuthentication" {
		return nil
	}
	object, found, err := kube.IstioCodec.UniversalDeserializer().Decode([]byte(next.Manifest), nil, nil)
	if err != nil {
		return err
	}
	resource, _ := meta.UnsafeGuessKindToResource(*found)
	return track(server.KubeClient().Istio().(*istiofake.Clientset).Tracker(), resource, object, next.Delete)
}

// applyGateway changes what lies beside core objects: Istio's converter looks for routes there.
func applyGateway(server *xds.FakeDiscoveryServer, validator *crdvalidation.Validator, next change) error {
	if err := validator.ValidateCustomResourceYAML(next.Manifest, nil); err != nil {
		return err
	}
	object, kind, err := kube.IstioCodec.UniversalDeserializer().Decode([]byte(next.Manifest), nil, nil)
	if err != nil {
		return err
	}
	resource, _ := meta.UnsafeGuessKindToResource(*kind)
	return track(server.KubeClient().GatewayAPI().(*gatewayfake.Clientset).Tracker(), resource, object, next.Delete)
}

func applyCore(server *xds.FakeDiscoveryServer, next change) error {
	object, kind, err := scheme.Codecs.UniversalDeserializer().Decode([]byte(next.Manifest), nil, nil)
	if err != nil {
		return err
	}
	resource, _ := meta.UnsafeGuessKindToResource(*kind)
	return track(server.KubeClient().Kube().(*fake.Clientset).Tracker(), resource, object, next.Delete)
}

func track(known testing.ObjectTracker, resource schema.GroupVersionResource, object runtime.Object, remove bool) error {
	named, err := meta.Accessor(object)
	if err != nil {
		return err
	}
	if remove {
		return known.Delete(resource, named.GetNamespace(), named.GetName())
	}
	err = known.Update(resource, object, named.GetNamespace())
	if errors.IsNotFound(err) {
		err = known.Create(resource, object, named.GetNamespace())
	}
	return err
}

// A real Istio control plane over manifests in files, without a cluster: the discovery server that Istio's own tests
// use, with the production code behind it. Prints "ready" and serves until its standard input is closed.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/test/xds"
	crdvalidation "istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
)

var (
	kubeFile    = flag.String("kube", "", "manifests of core Kubernetes objects; without them only secrets are served")
	istioFile   = flag.String("istio", "", "manifests of Istio objects")
	gatewayFile = flag.String("gateway", "", "manifests of Gateway API objects; none if empty")
	meshFile    = flag.String("mesh", "", "mesh configuration")
	crds        = flag.String("crds", "", "CustomResourceDefinitions that such objects must satisfy: files, with commas")
	adsSocket   = flag.String("ads", "", "unix socket of the discovery service")
	sdsSocket   = flag.String("sds", "", "unix socket of the secret service; none if empty")
	own         = flag.String("cluster", "", "name of the cluster; without it there is one")
	others      = flag.String("others", "", "core objects of the other clusters of the mesh: name=file, with commas")
	debug       = flag.String("debug", "", "loopback address of the debug endpoints; none if empty")
)

var answers *os.File

func main() {
	flag.Parse()
	// Istio logs to standard output; answers get it for themselves.
	own, err := syscall.Dup(1)
	if err == nil {
		err = syscall.Dup2(2, 1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	answers = os.NewFile(uintptr(own), "answers")
	// Both need Istio's own build of Envoy.
	features.MetadataExchange = false
	features.ALPNFilter = false
	prepareAmbient()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if *sdsSocket != "" {
		if err := serveSecrets(*sdsSocket); err != nil {
			return err
		}
	}
	if *kubeFile == "" {
		fmt.Fprintln(answers, "ready")
		_, err := io.Copy(io.Discard, os.Stdin)
		return err
	}
	kube, err := os.ReadFile(*kubeFile)
	if err != nil {
		return err
	}
	istio, err := os.ReadFile(*istioFile)
	if err != nil {
		return err
	}
	meshText, err := os.ReadFile(*meshFile)
	if err != nil {
		return err
	}
	validator, err := crdvalidation.NewValidatorFromFiles(strings.Split(*crds, ",")...)
	if err != nil {
		return err
	}
	if err := validator.ValidateCustomResourceYAML(string(istio), nil); err != nil {
		return fmt.Errorf("rejected by a CustomResourceDefinition: %w", err)
	}
	gateway, err := gatewayObjects(validator, string(istio))
	if err != nil {
		return err
	}
	configs, unknown, err := crd.ParseInputs(string(istio))
	if err != nil {
		return fmt.Errorf("rejected by Istio: %w", err)
	}
	if len(unknown) > 0 {
		return fmt.Errorf("unknown kinds: %v", unknown)
	}
	meshConfig, err := mesh.ApplyMeshConfigDefaults(string(meshText))
	if err != nil {
		return err
	}
	options := xds.FakeOptions{
		KubernetesObjectString:     string(kube) + gateway,
		Configs:                    configs,
		MeshConfig:                 meshConfig,
		DisableSecretAuthorization: true,
		ListenerBuilder:            func() (net.Listener, error) { return listen(*adsSocket) },
	}
	if *own != "" {
		if err := seeing(&options, *own, *others); err != nil {
			return err
		}
	}
	return test.Wrap(func(t test.Failer) {
		server := xds.NewFakeDiscoveryServer(t, options)
		if *debug != "" {
			go func() { _ = http.ListenAndServe(*debug, server.DiscoveryDebug) }()
		}
		fmt.Fprintln(answers, "ready")
		follow(server, validator, os.Stdin)
	})
}

// Envoys run as another user.
func listen(socket string) (net.Listener, error) {
	_ = os.Remove(socket) // of a start before
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	return listener, os.Chmod(socket, 0o777)
}

// The part of Istio's agent that answers the kubelet's health checks: Istio's own status server, on the port that a real
// agent has. Arguments: the Pod's address, and the checks as the injector writes them (ISTIO_KUBE_APP_PROBERS). Prints
// "ready" and serves until its standard input is closed.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"istio.io/istio/pilot/cmd/pilot-agent/status"
	"istio.io/istio/pkg/model"
)

const port = 15020

func main() {
	said := os.Stdout
	os.Stdout = os.Stderr // where Istio logs
	ctx, stop := context.WithCancel(context.Background())
	server, err := status.NewServer(status.Options{
		PodIP: os.Args[1], KubeAppProbers: os.Args[2], NodeType: model.SidecarProxy, StatusPort: port, AdminPort: 15000, Context: ctx,
		Shutdown: func(error) { stop() }, TriggerDrain: func() {}, DisableDrain: func() {},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go server.Run(ctx)
	fmt.Fprintln(said, "ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	stop()
}

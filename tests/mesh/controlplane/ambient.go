package main

import (
	"encoding/json"
	"errors"
	"fmt"

	lua "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/lua/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/util/protoconv"
	xdsfilters "istio.io/istio/pilot/pkg/xds/filters"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/schema/gatewayapi"
)

// prepareAmbient takes from waypoints what only Istio's own build of Envoy knows: filters that tell metrics who the peer
// is. They change no request.
func prepareAmbient() {
	if !features.EnableAmbient {
		return
	}
	clear(gatewayapi.MinimumCRDVersions)
	xdsfilters.WaypointDownstreamMetadataFilter = idle("downstream")
	xdsfilters.WaypointUpstreamMetadataFilter = idle("upstream")
}

func idle(name string) *hcm.HttpFilter {
	typed := &hcm.HttpFilter_TypedConfig{TypedConfig: protoconv.MessageToAny(&lua.Lua{})}
	return &hcm.HttpFilter{Name: "idle." + name, ConfigType: typed}
}

// told is what ztunnels hear: workloads and services, and the policies of their own API.
type told struct {
	Addresses []json.RawMessage `json:"addresses"`
	Policies  []json.RawMessage `json:"policies"`
}

func toldTunnels(server *xds.FakeDiscoveryServer) (*told, error) {
	if server.AmbientIndex == nil {
		return nil, errors.New("the mesh is not ambient")
	}
	said := &told{}
	for _, found := range server.AmbientIndex.All() {
		if err := add(&said.Addresses, found.Address); err != nil {
			return nil, err
		}
	}
	for _, found := range server.AmbientIndex.Policies(nil) {
		if err := add(&said.Policies, found.Authorization); err != nil {
			return nil, err
		}
	}
	return said, nil
}

func add(list *[]json.RawMessage, message proto.Message) error {
	text, err := protojson.Marshal(message)
	*list = append(*list, text)
	return err
}

// answer is the line to a question, which changes nothing.
func answer(server *xds.FakeDiscoveryServer, asked change) {
	var said any
	var err error
	if asked.Ask == "tunnels" {
		said, err = toldTunnels(server)
	} else {
		said, err = signer.pem(asked.Ask)
	}
	if err == nil {
		var line []byte
		if line, err = json.Marshal(said); err == nil {
			fmt.Fprintf(answers, "%s\n", line)
			return
		}
	}
	fmt.Fprintf(answers, "%q\n", err.Error())
}

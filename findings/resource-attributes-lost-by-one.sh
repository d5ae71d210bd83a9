#!/usr/bin/env bash
# OTEL_RESOURCE_ATTRIBUTES, by which a pod tells every SDK of OpenTelemetry where it runs: Go (sdk
# 1.47.0), JavaScript (@opentelemetry/resources 2.12.1), Python (opentelemetry-sdk 1.45.2).
#
# Guess: a value that is out of form costs that value, as a missing one would.
# Seen: in JavaScript one pair that is out of form costs all pairs, the environment's name among
#   them: an equals sign within a value (`labels=app=cart`), a word without a value, a percent sign
#   that begins no escape. Go and Python keep the rest, and the value with its sign as it stands.
#   A key's escapes are decoded in JavaScript alone, so `deployment%2Eenvironment` is two attributes.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-sdk==1.45.2
npm install --silent --no-fund --no-audit @opentelemetry/resources@2.12.1 @opentelemetry/api@1.9.1 > /dev/null
cat > said <<'E1'
env=test,lane=test%2Flogin
env=test,labels=app=cart
env=test,canary
env=test,load=100%
deployment%2Eenvironment=test
=x,env=test
E1
cat > read.py <<'E1'
import os, sys
from opentelemetry.sdk.resources import OTELResourceDetector
for line in sys.stdin:
    os.environ["OTEL_RESOURCE_ATTRIBUTES"] = line.rstrip("\n")
    got = OTELResourceDetector().detect().attributes
    print(" ".join(f"{key}={got[key]}" for key in sorted(got)) or "nothing")
E1
cat > read.js <<'E1'
const { envDetector, detectResources } = require("@opentelemetry/resources");
for (const line of require("fs").readFileSync(0, "utf8").trimEnd().split("\n")) {
  process.env.OTEL_RESOURCE_ATTRIBUTES = line;
  const got = detectResources({ detectors: [envDetector] }).attributes;
  console.log(Object.keys(got).sort().map((key) => `${key}=${got[key]}`).join(" ") || "nothing");
}
E1
cat > go.mod <<'E1'
module read
go 1.26
require go.opentelemetry.io/otel/sdk v1.47.0
E1
cat > read.go <<'E1'
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/otel/sdk/resource"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		os.Setenv("OTEL_RESOURCE_ATTRIBUTES", lines.Text())
		got, _ := resource.New(context.Background(), resource.WithFromEnv())
		said := []string{}
		for _, one := range got.Attributes() {
			said = append(said, string(one.Key)+"="+one.Value.Emit())
		}
		if len(said) == 0 {
			said = append(said, "nothing")
		}
		fmt.Println(strings.Join(said, " "))
	}
}
E1
go mod tidy > tidied 2>&1
go run . < said > of-go 2> told
node read.js < said > of-javascript 2> told
env/bin/python read.py < said > of-python 2> told
paste -d'|' said of-go of-javascript of-python | tee seen
cat > expected <<'E1'
env=test,lane=test%2Flogin|env=test lane=test/login|env=test lane=test/login|env=test lane=test/login
env=test,labels=app=cart|env=test labels=app=cart|nothing|env=test labels=app=cart
env=test,canary|env=test|nothing|env=test
env=test,load=100%|env=test load=100%|nothing|env=test load=100%
deployment%2Eenvironment=test|deployment%2Eenvironment=test|deployment.environment=test|deployment%2Eenvironment=test
=x,env=test|env=test|nothing|env=test
E1
diff expected seen

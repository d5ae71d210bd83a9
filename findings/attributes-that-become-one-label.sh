#!/usr/bin/env bash
# OpenTelemetry's exporters for Prometheus: Go 0.69.0, Python 0.66b2, JavaScript 0.223.0; read by prometheus/common 0.74.0.
#
# Guess: two attributes whose names differ in a dot and an underscore (`mesh.lane`, `mesh_lane`) become one label in the
#   same way everywhere, since the specification says how.
# Seen: Go joins both values, Python keeps the second alone, JavaScript writes the label twice, and a reader then refuses
#   the whole page, other metrics with it. A name that begins with a digit has three names, one of which no label may have.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
mkdir go js
cat > go/main.go <<'E1'
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

// write prints the page of two counters, the first of which has the attributes.
func write(attributes ...attribute.KeyValue) {
	registry := prometheus.NewRegistry()
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo())
	if err != nil {
		panic(err)
	}
	meter := sdk.NewMeterProvider(sdk.WithReader(reader)).Meter("m")
	counter, _ := meter.Int64Counter("requests")
	counter.Add(context.Background(), 1, metric.WithAttributes(attributes...))
	other, _ := meter.Int64Counter("others")
	other.Add(context.Background(), 1)
	found, err := registry.Gather()
	if err != nil {
		panic(err)
	}
	encoder := expfmt.NewEncoder(os.Stdout, expfmt.NewFormat(expfmt.TypeTextPlain).WithEscapingScheme(model.UnderscoreEscaping))
	for _, family := range found {
		_ = encoder.Encode(family)
	}
}

func read(text []byte) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	found, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		fmt.Println("refused:", strings.SplitN(err.Error(), ": ", 2)[1])
		return
	}
	for _, label := range found["requests_total"].Metric[0].Label {
		if strings.Contains(label.GetName(), "lane") {
			fmt.Printf("%s = %s\n", label.GetName(), label.GetValue())
		}
	}
}

func main() {
	switch os.Args[1] {
	case "read":
		text, _ := os.ReadFile(os.Args[2])
		read(text)
	case "alike":
		write(attribute.String("mesh.lane", "test/login"), attribute.String("mesh_lane", "default"))
	default:
		write(attribute.String("1lane", "x"))
	}
}
E1
(
  cd go
  go mod init page
  go get go.opentelemetry.io/otel/exporters/prometheus@v0.69.0 go.opentelemetry.io/otel@v1.47.0 \
    go.opentelemetry.io/otel/sdk/metric@v1.47.0 github.com/prometheus/common@v0.74.0 github.com/prometheus/client_golang@v1.24.1
  go mod tidy
  go build -o ../of-go .
) > built 2>&1 || { cat built; exit 1; }
(cd js && npm init -y && npm install --silent @opentelemetry/exporter-prometheus@0.223.0 @opentelemetry/sdk-metrics@2.12.1) > installed 2>&1
cat > js/write.js <<'E1'
const { PrometheusExporter, PrometheusSerializer } = require("@opentelemetry/exporter-prometheus");
const { MeterProvider } = require("@opentelemetry/sdk-metrics");

const attributes = process.argv[2] === "alike" ? { "mesh.lane": "test/login", mesh_lane: "default" } : { "1lane": "x" };
const exporter = new PrometheusExporter({ preventServerStart: true });
const meter = new MeterProvider({ readers: [exporter] }).getMeter("m");
meter.createCounter("requests").add(1, attributes);
meter.createCounter("others").add(1);
exporter.collect().then((found) => process.stdout.write(new PrometheusSerializer().serialize(found.resourceMetrics)));
E1
python3 -m venv env
env/bin/pip install --quiet opentelemetry-exporter-prometheus==0.66b2 opentelemetry-sdk==1.45.2 prometheus_client==0.26.0
cat > write.py <<'E1'
import sys

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import generate_latest

attributes = {"mesh.lane": "test/login", "mesh_lane": "default"} if sys.argv[1] == "alike" else {"1lane": "x"}
meter = MeterProvider(metric_readers=[PrometheusMetricReader()]).get_meter("m")
meter.create_counter("requests").add(1, attributes)
meter.create_counter("others").add(1)
print(generate_latest().decode(), end="")
E1
for what in alike digit; do
  for of in "./of-go" "env/bin/python write.py" "node js/write.js"; do
    echo "$what, $of"
    $of "$what" > page
    ./of-go read page
  done
done | tee seen
cat > expected <<'E1'
alike, ./of-go
mesh_lane = default;test/login
alike, env/bin/python write.py
mesh_lane = default
alike, node js/write.js
refused: duplicate label names for metric "requests_total"
digit, ./of-go
key_1lane = x
digit, env/bin/python write.py
_lane = x
digit, node js/write.js
refused: invalid label name for metric "requests_total"
E1
diff expected seen

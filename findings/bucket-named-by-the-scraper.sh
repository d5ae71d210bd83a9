#!/usr/bin/env bash
# github.com/prometheus/client_golang v1.23.2 (Go), prometheus_client 0.26.0 (Python).
#
# Guess: a metric has its name and labels from the program that counts; how it is scraped changes
#   the notation, not the labels.
# Seen: one Go program names the bucket of a second le="1" in the text format and le="1.0" in
#   OpenMetrics: whose Accept header differs stores other series. Python says le="1.0" in both. A
#   counter called `calls` is `calls` in Go and `calls_total` in Python.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install prometheus_client==0.26.0
cat > main.go <<'E1'
package main

import (
	"fmt"
	"net/http/httptest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	registry := prometheus.NewRegistry()
	took := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "took", Buckets: []float64{1}})
	calls := prometheus.NewCounter(prometheus.CounterOpts{Name: "calls"})
	registry.MustRegister(took, calls)
	options := promhttp.HandlerOpts{EnableOpenMetrics: true}
	for _, accept := range []string{"text/plain", "application/openmetrics-text;version=1.0.0"} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequest("GET", "/metrics", nil)
		request.Header.Set("Accept", accept)
		promhttp.HandlerFor(registry, options).ServeHTTP(answer, request)
		fmt.Println("Go", accept)
		fmt.Print(answer.Body)
	}
}
E1
cat > expose.py <<'E1'
import prometheus_client as prometheus
from prometheus_client import openmetrics
import prometheus_client.openmetrics.exposition
registry = prometheus.CollectorRegistry()
prometheus.Histogram("took", "", buckets=[1], registry=registry)
prometheus.Counter("calls", "", registry=registry)
print("Python text/plain")
print(prometheus.generate_latest(registry).decode(), end="")
print("Python openmetrics")
print(openmetrics.exposition.generate_latest(registry).decode(), end="")
E1
go mod init seen > /dev/null 2>&1
go get github.com/prometheus/client_golang/prometheus/promhttp@v1.23.2 2> /dev/null
{ go run .; env/bin/python expose.py; } | grep -E '^(Go|Python|calls(_total)? |took_bucket)' | tee seen
cat > expected <<'E1'
Go text/plain
calls 0
took_bucket{le="1"} 0
took_bucket{le="+Inf"} 0
Go application/openmetrics-text;version=1.0.0
calls 0.0
took_bucket{le="1.0"} 0
took_bucket{le="+Inf"} 0
Python text/plain
took_bucket{le="1.0"} 0.0
took_bucket{le="+Inf"} 0.0
calls_total 0.0
Python openmetrics
took_bucket{le="1.0"} 0.0
took_bucket{le="+Inf"} 0.0
calls_total 0.0
E1
diff expected seen

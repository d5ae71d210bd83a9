"""An application's baggage through OpenTelemetry for Python: a line of JSON in, a line out."""

import json
import sys

from opentelemetry.baggage.propagation import W3CBaggagePropagator

propagator = W3CBaggagePropagator()
for line in sys.stdin:
    sent = {"baggage": json.loads(line)}
    passed: dict[str, str] = {}
    propagator.inject(passed, propagator.extract(sent))
    print(json.dumps(passed.get("baggage", "")), flush=True)

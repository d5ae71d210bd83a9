// An application's baggage through OpenTelemetry for JavaScript: a line of JSON in, a line out.
import { createInterface } from "node:readline";
import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter } from "@opentelemetry/api";
import { W3CBaggagePropagator } from "@opentelemetry/core";

const propagator = new W3CBaggagePropagator();
for await (const line of createInterface({ input: process.stdin })) {
  const passed = {};
  const context = propagator.extract(ROOT_CONTEXT, { baggage: JSON.parse(line) }, defaultTextMapGetter);
  propagator.inject(context, passed, defaultTextMapSetter);
  console.log(JSON.stringify(passed.baggage ?? ""));
}

#!/usr/bin/env bash
# @kubernetes/client-node 1.4.0: the quantity helpers of the official JavaScript client.
#
# Guess: they read whatever the API server takes, and nothing is more usual than 1.5Gi of memory.
# Seen: every fraction with a suffix from k up throws a SyntaxError ("Cannot convert 1.5 to a
#   BigInt"), and so does the sum of a pod's memory. Fractions with m, or without suffix, are read.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
npm install --silent --no-fund --no-audit @kubernetes/client-node@1.4.0 > /dev/null
cat > read.mjs <<'E1'
import { quantityToScalar, totalMemory } from "./node_modules/@kubernetes/client-node/dist/util.js";
const say = (name, read) => {
  try { console.log(name, String(read())); }
  catch (error) { console.log(name, error.name); }
};
for (const text of ["1536Mi", "1.5Gi", "0.5Mi", "2.5k", "500m", "0.5"])
  say(text, () => quantityToScalar(text));
const container = { name: "cart", resources: { requests: { memory: "1.5Gi" } } };
say("a pod's memory", () => totalMemory({ spec: { containers: [container] } }).request);
E1
node read.mjs | tee seen
cat > expected <<'E1'
1536Mi 1610612736
1.5Gi SyntaxError
0.5Mi SyntaxError
2.5k SyntaxError
500m 0.5
0.5 0.5
a pod's memory SyntaxError
E1
diff expected seen

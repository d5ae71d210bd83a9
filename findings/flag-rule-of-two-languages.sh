#!/usr/bin/env bash
# Rules of flags in flagd's libraries (JsonLogic): openfeature-flagd-core 2.0.0 for Python, @openfeature/flagd-core 4.0.1 for
# JavaScript.
#
# Guess: one rule with one request's attributes gives one answer; the rules were made to be read by any language.
# Seen: `true` in a text is `True` in Python; a remainder of what is below zero has the sign of the divisor in one and of
#   the number in the other; an empty text is a missing attribute in Python, and equals 0 in JavaScript; an empty object
#   is true in Python. No rule is refused.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > rules.json <<'E1'
[
  [{"==": [{"cat": ["beta-", {"var": "beta"}]}, "beta-true"]}, {"beta": true}],
  [{"==": [{"%": [{"var": "shard"}, 4]}, 3]}, {"shard": -1}],
  [{"missing": ["region"]}, {"region": ""}],
  [{"==": [{"var": "region"}, 0]}, {"region": ""}],
  [{"var": "claims"}, {"claims": {}}],
  [{"var": "claims"}, {"claims": []}],
  [{"<": [{"var": "build"}, "10"]}, {"build": "9"}]
]
E1
mkdir js
(cd js && npm init -y && npm install --silent @openfeature/flagd-core@4.0.1 @openfeature/core@1.12.0) > installed 2>&1
cat > js/ask.js <<'E1'
const { FlagdCore } = require("@openfeature/flagd-core");

const silent = { debug() {}, info() {}, warn() {}, error() {} };
for (const [rule, context] of JSON.parse(require("fs").readFileSync("rules.json", "utf8"))) {
  const flag = { state: "ENABLED", variants: { yes: "yes", no: "no", none: "none" }, defaultVariant: "none" };
  const core = new FlagdCore();
  core.setConfigurations(JSON.stringify({ flags: { flag: { ...flag, targeting: { if: [rule, "yes", "no"] } } } }));
  console.log(core.resolveStringEvaluation("flag", "none", { targetingKey: "one", ...context }, silent).value);
}
E1
cat > ask.py <<'E1'
import json

from openfeature.contrib.tools.flagd.core.targeting.targeting import targeting
from openfeature.evaluation_context import EvaluationContext

for rule, context in json.load(open("rules.json")):
    print(targeting("flag", {"if": [rule, "yes", "no"]}, EvaluationContext("one", context)))
E1
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install openfeature-flagd-core==2.0.0 openfeature-flagd-api==1.0.0 \
  openfeature-sdk==0.10.0 panzi-json-logic==1.0.1 cbor2==5.9.0
sed -n 's/^  \[\(.*\)\],\{0,1\}$/\1/p' rules.json > rules
paste -d'|' rules <(env/bin/python ask.py) <(node js/ask.js) | tee seen
cat > expected <<'E1'
{"==": [{"cat": ["beta-", {"var": "beta"}]}, "beta-true"]}, {"beta": true}|no|yes
{"==": [{"%": [{"var": "shard"}, 4]}, 3]}, {"shard": -1}|yes|no
{"missing": ["region"]}, {"region": ""}|yes|no
{"==": [{"var": "region"}, 0]}, {"region": ""}|no|yes
{"var": "claims"}, {"claims": {}}|yes|no
{"var": "claims"}, {"claims": []}|no|no
{"<": [{"var": "build"}, "10"]}, {"build": "9"}|no|no
E1
diff expected seen

#!/usr/bin/env bash
# flagd's evaluation of flags (OpenFeature): openfeature-flagd-core 1.0.0 and 2.0.0 for Python, @openfeature/flagd-core 4.0.1
# for JavaScript, the newest of each at the end of November 2026.
#
# Guess: a flag that gives half of the users another version gives it to the same users in each service, whatever
#   language that is written in: the share is a hash of the user's key, which the specification names.
# Seen: the newest Python hashes the key in CBOR and the newest JavaScript the key itself, so that half of the users have
#   one version in the one and the other in the other, in one request. An update of Python's alone moves half of all users;
#   its 1.0.0 gave each what JavaScript gives. What is asked by shares of 100 and 0 stays.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > rules.json <<'E1'
{
  "of the flag": {"fractional": [["new", 50], ["old", 50]]},
  "of an attribute": {"fractional": [{"var": "user"}, ["new", 50], ["old", 50]]},
  "one in ten": {"fractional": [["new", 10], ["old", 90]]},
  "everybody": {"fractional": [["new", 100], ["old", 0]]}
}
E1
mkdir js
(cd js && npm init -y && npm install --silent @openfeature/flagd-core@4.0.1 @openfeature/core@1.12.0) > installed 2>&1
cat > js/ask.js <<'E1'
const { FlagdCore } = require("@openfeature/flagd-core");

const rules = JSON.parse(require("fs").readFileSync("rules.json", "utf8"));
const flags = {};
for (const [name, targeting] of Object.entries(rules)) {
  flags[name] = { state: "ENABLED", variants: { new: "new", old: "old" }, defaultVariant: "old", targeting };
}
const core = new FlagdCore();
core.setConfigurations(JSON.stringify({ flags }));
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const found = {};
for (const name of Object.keys(rules)) {
  found[name] = [];
  for (let number = 0; number < 2000; number++) {
    const key = `user-${number}`;
    found[name].push(core.resolveStringEvaluation(name, "old", { targetingKey: key, user: key }, silent).value);
  }
}
console.log(JSON.stringify(found));
E1
node js/ask.js > of-javascript
cat > ask.py <<'E1'
import json

from openfeature.contrib.tools.flagd.core.targeting.targeting import targeting
from openfeature.evaluation_context import EvaluationContext

theirs = json.load(open("of-javascript"))
for name, rule in json.load(open("rules.json")).items():
    users = [f"user-{number}" for number in range(2000)]
    mine = [targeting(name, rule, EvaluationContext(user, {"user": user})) for user in users]
    other = sum(one != two for one, two in zip(mine, theirs[name]))
    print(f"{name}: {other} of 2000 have another version")
E1
for version in 1.0.0 2.0.0; do
  python3 -m venv "env-$version"
  "env-$version/bin/pip" -q --disable-pip-version-check install "openfeature-flagd-core==$version" openfeature-flagd-api==1.0.0 \
    openfeature-sdk==0.10.0 mmh3==5.3.1 cbor2==5.9.0
  echo "Python $version beside JavaScript"
  "env-$version/bin/python" ask.py
done | tee seen
cat > expected <<'E1'
Python 1.0.0 beside JavaScript
of the flag: 0 of 2000 have another version
of an attribute: 0 of 2000 have another version
one in ten: 0 of 2000 have another version
everybody: 0 of 2000 have another version
Python 2.0.0 beside JavaScript
of the flag: 1019 of 2000 have another version
of an attribute: 1020 of 2000 have another version
one in ten: 381 of 2000 have another version
everybody: 0 of 2000 have another version
E1
diff expected seen

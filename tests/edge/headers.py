"""`python -m tests.edge.headers`: which request headers never reach the edge's table as they were
sent, asked of real Envoys behind Istio's own edge settings.

The table of `generator/vocabulary/telling.py` must be what is found here, on every version.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from generator.vocabulary import telling
from tests.conftest import write
from tests.mesh import tools
from tests.mesh.case import Case

HOST = "test.example.com"
PROBE = "gen-probe"
# Headers that proxies, meshes and clients of the field give a meaning to.
CANDIDATES = """
accept accept-charset accept-encoding accept-language access-control-request-headers
access-control-request-method authorization b3 baggage cache-control cdn-loop cf-connecting-ip
client-ip content-encoding content-language content-type cookie date dnt early-data expect
fastly-client-ip forwarded from grpc-accept-encoding grpc-encoding grpc-timeout http2-settings
if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive max-forwards
origin pragma prefer priority proxy-authorization proxy-connection range referer sec-ch-ua
sec-fetch-dest sec-fetch-mode sec-fetch-site sec-websocket-key te trace-context traceparent
tracestate trailer true-client-ip upgrade upgrade-insecure-requests user-agent via warning
x-amzn-trace-id x-b3-flags x-b3-parentspanid x-b3-sampled x-b3-spanid x-b3-traceid x-client-ip
x-client-trace-id x-cloud-trace-context x-cluster-client-ip x-correlation-id x-datadog-trace-id
x-envoy-attempt-count x-envoy-decorator-operation x-envoy-downstream-service-cluster
x-envoy-downstream-service-node x-envoy-expected-rq-timeout-ms x-envoy-external-address
x-envoy-force-trace x-envoy-hedge-on-per-try-timeout x-envoy-internal x-envoy-ip-tags
x-envoy-is-timeout-retry x-envoy-max-retries x-envoy-original-dst-host x-envoy-original-host
x-envoy-original-method x-envoy-original-path x-envoy-original-url x-envoy-peer-metadata
x-envoy-peer-metadata-id x-envoy-retriable-header-names x-envoy-retriable-status-codes
x-envoy-retry-grpc-on x-envoy-retry-on x-envoy-upstream-alt-stat-name
x-envoy-upstream-rq-per-try-timeout-ms x-envoy-upstream-rq-timeout-ms
x-envoy-upstream-service-time x-envoy-upstream-stream-duration-ms x-forwarded x-forwarded-by
x-forwarded-client-cert x-forwarded-for x-forwarded-host x-forwarded-path x-forwarded-port
x-forwarded-prefix x-forwarded-proto x-forwarded-scheme x-forwarded-server x-frame-options
x-http-method-override x-istio-attributes x-original-forwarded-for x-original-host
x-original-url x-ot-span-context x-real-ip x-request-id x-request-start x-requested-with
x-rewrite-url x-scheme x-tenant x-user
"""
SEEN = """\
function envoy_on_request(handle)
  local lines = {}
  for name, value in pairs(handle:headers()) do lines[#lines + 1] = name .. "=" .. value end
  handle:respond({[":status"] = "200"}, table.concat(lines, "\\n"))
end
"""


class Mirror(Case):
    """The gateway answers by itself, with the headers that Lua sees."""

    def _control_plane(self) -> Any:
        self.cluster.istio.append(_mirror(self.input.platform["ingress"]))
        return super()._control_plane()


def _mirror(ingress: dict[str, Any]) -> dict[str, Any]:
    lua = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
        "default_source_code": {"inline_string": SEEN},
    }
    router = {
        "name": "envoy.filters.network.http_connection_manager",
        "subFilter": {"name": "envoy.filters.http.router"},
    }
    patch = {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "GATEWAY", "listener": {"filterChain": {"filter": router}}},
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": {"name": "tests.mirror", "typed_config": lua},
        },
    }
    return {
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": "mirror", "namespace": ingress["namespace"]},
        "spec": {
            "workloadSelector": {"labels": ingress["selector"]},
            "priority": 100,
            "configPatches": [patch],
        },
    }


def unseen(version: str) -> tuple[set[str], set[str]]:
    """(headers that are not seen as they were sent, those of which a request was refused)."""
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        ingress = "{namespace: istio-ingress, serviceAccount: istio-ingress, selector: {istio: ingress}, port: 80}"
        platform = (
            "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
            f"mesh: {{mtls: disabled}}\ningress: {ingress}\n"
        )
        write(Path(folder), {"environments/platform.yaml": platform})
        case = Mirror(Path(folder), version, 0)
        try:
            return _ask(case)
        finally:
            case.close()


def _ask(case: Case) -> tuple[set[str], set[str]]:
    lost, refused = set(), set()
    for name in CANDIDATES.split():
        answer = case.gateway.ask(
            address=case.cluster.gateway["status"]["podIP"],
            port=80,
            host=HOST,
            path="/",
            headers=[[name, PROBE]],
        )
        if answer.get("status") != 200:
            refused.add(name)
        elif f"{name}={PROBE}" not in answer["body"].split("\n"):
            lost.add(name)
    return lost, refused


def main() -> int:
    versions = sys.argv[1:] or list(tools.ENVOYS)
    found: set[str] = set()
    for version in versions:
        lost, refused = unseen(version)
        print(f"Envoy {version}: {len(lost)} headers are not seen as sent, {len(refused)} refused")
        found |= lost | refused
    for name in sorted(found - telling.UNSEEN):
        print(f"  {name} is not seen, and not in the table")
    for name in sorted(telling.UNSEEN - found):
        print(f"  {name} is in the table, and seen")
    return 0 if found == telling.UNSEEN else 1


if __name__ == "__main__":
    sys.exit(main())

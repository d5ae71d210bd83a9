"""Addresses of other environments, on one cluster and on several: each is told by one finding."""

from __future__ import annotations

import pytest

from generator.compiler.compile import compile_sources
from generator.vocabulary.findings import Findings
from tests.apart import APART, EU, ONE, PLATFORM
from tests.conftest import Files, sources

API = "environments/services/api.yaml"
PERF = "environments/perf/environment.yaml"


def told(files: Files) -> list[str]:
    """Code and hint of what is said of addresses."""
    done = compile_sources(sources(files))
    found = done.found if isinstance(done, Findings) else done.warnings
    return [f"{one.code}: {one.message}; {one.hint}" for one in found if one.code in CODES]


CODES = {"GEN316", "GEN318", "GEN333", "GEN334"}


def eu(address: str, environment: str = EU) -> Files:
    said = f"web: {{tag: v1, env: {{API: '{address}'}}}}"
    return {"environments/eu/environment.yaml": environment.replace("web: {tag: v1}", said)}


def perf(address: str) -> Files:
    said = f"extends: test\nruns: {{web: {{tag: v1, env: {{API: '{address}'}}}}}}\n"
    return {PERF: said}


TEST = "http://api.shop-test:8080"
OWN = EU.replace("namespace: shop-test\n", "")


@pytest.mark.parametrize(
    ("files", "codes"),
    [
        (ONE | perf(TEST), ["GEN333"]),
        (ONE | eu(TEST, OWN), ["GEN334"]),
        (ONE | perf(TEST) | eu(TEST, OWN), ["GEN333", "GEN334"]),
        (ONE | perf("http://api.shop-eu:8080"), ["GEN334"]),
        (APART | eu(TEST), []),  # its own namespace there, of the same name
        (APART | eu("http://api.shop-perf:8080"), ["GEN334"]),
        (APART | perf(TEST), ["GEN333"]),
    ],
)
def test_an_address_is_told_once(files: Files, codes: list[str]) -> None:
    assert [line[:6] for line in told(files)] == codes


def test_it_is_told_where_it_stands_and_of_the_nearest() -> None:
    branch = {"environments/eu/branches/login.yaml": f"runs: {{web: {{tag: b, env: {{API: '{TEST}'}}}}, api: {{tag: b1}}}}\n"}  # fmt: skip
    found = compile_sources(sources(ONE | eu(TEST, OWN) | branch))
    places = [one.place for one in getattr(found, "warnings", ()) if one.code == "GEN334"]
    assert [place.route for place in places] == [("runs", "web", "env", "API")]
    # The namespace is in two clusters: the one that a lane can lead to is named.
    other: Files = {
        PLATFORM: str(ONE[PLATFORM]).replace("us: {mesh: one, network: n2}", "us: {mesh: one, network: n2}\n  ap: {}"),
        "environments/far/environment.yaml": "cluster: ap\nnamespace: shop-test\nruns: {web: {tag: v1}, api: {tag: v1}}\n",
    }  # fmt: skip
    (line,) = told(ONE | other | eu(TEST, OWN))
    assert "in the platform's own cluster" in line


def test_who_dials_another_mesh_is_sent_to_no_lane() -> None:
    (line,) = told(ONE | eu(TEST, OWN))
    assert line.endswith("; dial `api`, and let a lane lead to the other cluster")
    (line,) = told(APART | eu("http://api.shop-perf:8080"))
    assert line.endswith("; dial `api`, which is the environment's own: nothing leads to another mesh")  # fmt: skip
    only_api: Files = {"environments/eu/environment.yaml": EU.replace("  web: {tag: v1}\n", "")}
    text = f"{sources(APART).files[WEB].decode()}addresses: [eu]\n"
    (line,) = told(APART | only_api | {WEB: text})
    assert line.endswith("; take it out: nothing leads to another mesh")


WEB = "environments/services/web.yaml"


@pytest.mark.parametrize(
    ("addresses", "home", "codes"),
    [
        ("[eu]", "test", ["GEN334"]),
        ("[test, perf]", "test", []),
        ("['*']", "test", []),
        ("[eu]", "eu", []),
        ("[test]", "eu", ["GEN334"]),
    ],
)
def test_addresses_of_another_cluster_lead_nowhere(
    addresses: str, home: str, codes: list[str]
) -> None:
    text = f"image: registry.example.com/web\nports: [{{name: web, port: 8080, protocol: http}}]\ncalls: [api]\nentry: [{{prefix: /}}]\nforwardsColour: true\naddresses: {addresses}\n"  # fmt: skip
    other = "environments/test/environment.yaml"
    here: Files = {"environments/eu/environment.yaml": OWN.replace("  web: {tag: v1}\n", "")}
    there: Files = {other: "hosts: [test.example.com]\nruns:\n  api: {tag: v1}\n", "environments/lanes/round.yaml": "through: [eu/login, test]\n"}  # fmt: skip
    files = ONE | {WEB: text} | (here if home == "test" else there)
    assert [line[:6] for line in told(files)] == codes
    found = getattr(compile_sources(sources(files)), "warnings", ())
    places = [one.place for one in found if one.code == "GEN334"]
    assert {(place.path, place.route) for place in places} <= {(WEB, ("addresses", 0))}


def test_a_private_name_is_nobodys_namespace() -> None:
    text = "image: registry.example.com/api\nports: [{name: rpc, port: 9000, protocol: rpc, carrier: grpc}]\nnames: [api.shop-test]\nforwardsColour: true\n"  # fmt: skip
    assert told(ONE | {API: text} | eu("http://api.shop-test:9000", OWN)) == []

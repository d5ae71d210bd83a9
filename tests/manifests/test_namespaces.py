"""What gen prints of namespaces is held against a server's rules, as what people bring is."""

from __future__ import annotations

import pytest

from tests.compiler.test_check import told
from tests.vocabulary.test_findings import PERF, PLATFORM

SHOP = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"


@pytest.mark.parametrize(
    "said, expected",
    [
        ("quota: {pods: 5, requests.cpu: 4, count/jobs.batch: 3}", []),
        ("quota: {request.cpu: 4}", ["GEN412 platform.yaml:3:22"]),
        ("quota: {pods: 5, limit.memory: 4Gi}", ["GEN412 platform.yaml:3:31"]),
        ("quota: {count/jobs/batch: 4}", ["GEN412 platform.yaml:3:22"]),
        ("limits: {default: {cpu: 2}, defaultRequest: {cpu: 500m}}", []),
        ("limits: {defaultRequest: {cpu: 2}}", []),
        (
            "limits: {default: {cpu: 500m}, defaultRequest: {cpu: 2}}",
            ["GEN413 platform.yaml:3:62"],
        ),
    ],
)
def test_quotas_and_limits(said: str, expected: list[str]) -> None:
    assert told({PLATFORM: f"{SHOP}namespaces: {{{said}}}\n"}) == expected


def test_the_quota_of_an_environment() -> None:
    runs = "extends: test\nruns: {api: {tag: p1}}\n"
    assert told({PERF: f"{runs}quota: {{request.cpu: 4}}\n"}) == [
        "GEN412 perf/environment.yaml:3:9"
    ]
    assert told({PERF: f"{runs}quota: {{requests.cpu: 4}}\n"}) == []

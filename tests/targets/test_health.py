"""The rule by which Argo CD's root waits for an Application, on LuaJIT."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from lupa.luajit21 import LuaRuntime

from tests.conftest import TOP

STARTER = TOP / "generator/starter/cluster/argocd-cm.yaml"
SOURCE = {"targetRevision": "gen/deploy/test/login/1", "path": "overlays/test/login"}


def health(sync: str, health: str, compared: dict[str, str]) -> str:
    rule = yaml.safe_load(STARTER.read_text())["data"][
        "resource.customizations.health.argoproj.io_Application"
    ]
    lua = LuaRuntime()
    run = lua.eval("function(rule, obj) return loadstring('local obj = ...;' .. rule)(obj) end")
    status: dict[str, Any] = {
        "sync": {"status": sync, "comparedTo": {"source": dict(compared)}},
        "health": {"status": health},
    }
    named = {"metadata": {"name": "test.login"}, "spec": {"source": SOURCE}, "status": status}
    return str(run(rule, lua.table_from(named, recursive=True))["status"])


@pytest.mark.parametrize(
    ("sync", "told", "compared", "arrived"),
    [
        ("Synced", "Healthy", SOURCE, True),
        ("Synced", "Suspended", SOURCE, True),  # a unit that sleeps
        ("Synced", "Progressing", SOURCE, False),
        ("OutOfSync", "Suspended", SOURCE, False),
        ("Synced", "Healthy", SOURCE | {"targetRevision": "gen/deploy/test/login/0"}, False),
    ],
)
def test_what_is_suspended_has_arrived(
    sync: str, told: str, compared: dict[str, str], arrived: bool
) -> None:
    assert health(sync, told, compared) == ("Healthy" if arrived else "Progressing")

"""What agents ask, by the real client of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcp.client import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from generator.command.mcp import Tools
from generator.io import verb

Gen = Callable[..., tuple[int, str, str]]
ASKED: dict[str, dict[str, Any]] = {
    "validate": {},
    "explain": {"tenant": "acme"},
    "list": {"kind": "--help"},
    "tree": {"unit": "test"},
    "try_deploy": {"unit": "test", "versions": {"web": "v9"}},
    "diff": {"revision": "--output=x"},
}


async def asked(root: Path) -> dict[str, Any]:
    """Tool → what it answers, and `tools`: what there is."""
    words = ["-m", "generator", "-C", str(root), "mcp"]
    server = StdioServerParameters(command=sys.executable, args=words)
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        listed = (await session.list_tools()).tools
        answers: dict[str, Any] = {"tools": {tool.name: tool for tool in listed}}
        for name, given in ASKED.items():
            answers[name] = (await session.call_tool(name, given)).structured_content
        misspelt = await session.call_tool("explain", {"tennant": "acme", "host": "h"})
        answers["misspelt"] = misspelt.is_error and misspelt.content[0]
    return answers


def test_an_agent_asks_and_writes_nothing(tmp_path: Path, gen: Gen) -> None:
    root = tmp_path / "shop"
    gen("init", root)
    before = {path: path.read_bytes() for path in root.rglob("*.yaml")}
    told = asyncio.run(asked(root))
    assert told["tools"].keys() == ASKED.keys()
    assert all(tool.annotations.read_only_hint for tool in told["tools"].values())
    assert not any(tool.input_schema["additionalProperties"] for tool in told["tools"].values())
    assert "no argument 'tennant'; did you mean `tenant`?" in told["misspelt"].text
    assert told["validate"]["exit_code"] == 0 and told["validate"]["report"]["findings"] == []
    assert told["tree"]["report"]["unit"] == "test"
    assert told["try_deploy"]["report"]["state"] == "dry run"
    # A value is never an option.
    assert "'--help' is not one of" in told["list"]["said"]
    assert told["diff"]["exit_code"] and not (root / "x").exists()
    assert told["explain"]["report"]["toldBy"] == "tenant acme"
    assert {path: path.read_bytes() for path in root.rglob("*.yaml")} == before


def test_a_report_that_is_too_long_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(verb, "LARGEST", 10)
    told = Tools(tmp_path).validate()
    assert told["report"] is None and "ask for less" in told["said"]

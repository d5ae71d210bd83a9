"""`gen mcp`: what gen tells, for agents, by the Model Context Protocol."""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator import __version__
from generator.command.workspace import Workspace
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.refusal import Refusal

if TYPE_CHECKING:
    from mcp.server import MCPServer
    from mcp.types import Tool

Asked = Callable[..., dict[str, Any]]


@click.command()
@click.pass_obj
def mcp(workspace: Workspace) -> None:
    """Serves the Model Context Protocol on standard input and output, for agents: validate,
    explain, diff, list, tree, and a deploy that is tried only. Nothing is written or pushed.

    \b
    pip install 'gen-lanes[mcp]'
    gen -C shop mcp
    """
    try:
        from mcp.types import ToolAnnotations
    except ImportError:
        raise Refusal(
            "the library of the Model Context Protocol is not installed",
            "pip install 'gen-lanes[mcp]'",
            exit_code=2,
        ) from None
    tools = Tools(workspace.root)
    server = _server(tools)
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
    for name, tool in tools.all.items():
        server.tool(name, description=inspect.getdoc(tool), annotations=reads)(tool)
    gc.enable()  # it lives long
    server.run()


def _server(tools: Tools) -> MCPServer:
    """The library's server, which would drop arguments that a tool does not have: an agent that
    misspells one would be told of something else than it asked."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    class Server(MCPServer):
        async def list_tools(self) -> list[Tool]:
            listed = await super().list_tools()
            for tool in listed:
                tool.input_schema["additionalProperties"] = False
            return listed

        async def call_tool(self, name: str, arguments: dict[str, Any], *rest: Any) -> Any:
            if unknown := tools.unknown(name, arguments):
                raise ToolError(unknown)
            return await super().call_tool(name, arguments, *rest)

    return Server(
        "gen",
        version=__version__,
        instructions="One configuration repository of gen: tenants, branches and environments that "
        "share an Istio mesh. `report` is the JSON of the verb, `exit_code` 0 if all is well.",
        log_level="WARNING",
    )


class Tools:
    """What an agent may ask of one repository. What it hands over is a value, never an option."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def all(self) -> dict[str, Asked]:
        """By the names that agents know them by."""
        tools: tuple[Asked, ...] = (
            self.validate,
            self.explain,
            self.diff,
            self.list_,
            self.tree,
            self.try_deploy,
        )
        return {tool.__name__.rstrip("_"): tool for tool in tools}

    def unknown(self, name: str, arguments: Iterable[str]) -> str:
        """What to say of an argument that a tool does not have; nothing where it has them all."""
        if name not in self.all:
            return ""
        known = inspect.signature(self.all[name]).parameters
        odd = next((argument for argument in arguments if argument not in known), None)
        if odd is None:
            return ""
        return f"{name} takes no argument {odd[:60]!r}; {did_you_mean(odd, known)}"

    def _tell(self, verb: str, *words: str) -> dict[str, Any]:
        from generator.io.verb import told

        return asdict(told(self._root, verb, *words))

    def validate(self) -> dict[str, Any]:
        """All findings of the whole configuration, each with file, line and what to do."""
        return self._tell("validate")

    def explain(
        self,
        tenant: str = "",
        host: str = "",
        path: str = "",
        headers: dict[str, str] | None = None,
        cookies: dict[str, str] | None = None,
        claims: dict[str, str] | None = None,
        lane: str = "",
        service: str = "",
        environment: str = "",
        without: str = "",
    ) -> dict[str, Any]:
        """Which version answers, hop by hop, and why: for a tenant, a lane, or a request by its
        host, path, headers, cookies and claims; only the hop to a service, or from an environment,
        if they are given, and as it is while the cluster `without` is away (`own`: the
        platform's own)."""
        one = {"tenant": tenant, "host": host, "path": path, "lane": lane}
        one |= {"service": service, "from": environment, "without": without}
        words = [f"--{name}={value}" for name, value in one.items() if value]
        many = {"header": headers, "cookie": cookies, "claim": claims}
        for name, pairs in many.items():
            words += [f"--{name}={key}={value}" for key, value in (pairs or {}).items()]
        return self._tell("explain", *words)

    def diff(self, revision: str = "HEAD") -> dict[str, Any]:
        """What the files here change beside a commit: whose answers, and what comes, goes and
        changes in the cluster."""
        return self._tell("diff", "--", revision)

    def list_(
        self,
        kind: str = "environments",
        environment: str = "",
        service: str = "",
        cluster: str = "",
    ) -> dict[str, Any]:
        """What there is: environments, branches, lanes, tenants or services, and who uses them."""
        one = {"environment": environment, "service": service, "cluster": cluster}
        words = [f"--{name}={value}" for name, value in one.items() if value]
        return self._tell("list", *words, "--", kind)

    def tree(self, unit: str) -> dict[str, Any]:
        """What an environment's baseline (`test`) or a branch (`test/feature-login`) becomes in a
        cluster."""
        return self._tell("tree", "--", unit)

    def try_deploy(self, unit: str, versions: dict[str, str]) -> dict[str, Any]:
        """What `gen deploy UNIT SERVICE=TAG…` would change, and whom it would touch; nothing is
        written."""
        words = [f"{service}={tag}" for service, tag in versions.items()]
        return self._tell("deploy", "--dry-run", "--", unit, *words)

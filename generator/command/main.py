"""The parser and the one exception boundary. Verbs are imported when they are called, so that
--help is quick."""

from __future__ import annotations

import builtins
import gc
import importlib
import keyword
import os
import sys
from collections.abc import Callable
from pathlib import Path

import click

from generator import __version__
from generator.command.workspace import Workspace
from generator.io import environment, streams
from generator.io.terminal import Terminal, clean
from generator.vocabulary.plural import count
from generator.vocabulary.refusal import Refusal

# What is installed beside gen has no say in what is valid.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

VERBS = {
    "init": "Start a configuration repository: one of each thing.",
    "import": "Take over an application that runs already.",
    "learn": "Find who calls whom, and who loses the colour, in telemetry.",
    "validate": "Say what is wrong, where, and what to do.",
    "build": "Write the output tree.",
    "diff": "Show what a change does: whose answers change, what comes and goes.",
    "publish": "Commit the output tree to the output branch and push it.",
    "verify": "Check the output branch: hand edits, missing and foreign files, moved tags.",
    "status": "Show what is published, pending, kept in the mesh, and soon over.",
    "wait": "Wait until a commit is published, and its Applications run it.",
    "explain": "Show which version answers, hop by hop, and why.",
    "list": "List environments, branches, lanes, tenants or services, and who uses them.",
    "tree": "Show what a unit becomes in a cluster, object by object.",
    "graph": "Draw environments, a lane or a service's callers: Mermaid, DOT, SVG.",
    "report": "Write one page over the whole configuration, which follows requests.",
    "serve": "Show that page live, on this machine: it follows what is saved.",
    "dashboard": "Print queries and a Grafana dashboard of lanes beside their baselines.",
    "join": "Print by what a laptop's process takes a lane's requests for a service.",
    "link": "Print a link by which a browser comes into a lane, for a while.",
    "routes": "Print the whole table: lane, environment, service, unit.",
    "new": "Scaffold a service, external, environment, branch, lane or tenant.",
    "fmt": "Bring files into one form: order of keys, indentation; comments stay.",
    "deploy": "Put tags on a unit; creates the branch if it is new.",
    "drop": "Delete a branch, with the lanes that lead through nothing else.",
    "promote": "Move versions from one unit to another, as far as they were tested.",
    "expire": "Delete the branches and environments whose last day is over.",
    "remind": "Tell owners, by issues, of the last day of what is theirs.",
    "sleep": "Send units to sleep: their workloads are scaled to none, lanes lead past them.",
    "wake": "Wake units that sleep.",
    "owners": "Write CODEOWNERS from the `owner` fields.",
    "comment": "Tell an edit on a pull request, in one comment that is kept up to date.",
    "schema": "Write the JSON schemas that editors use.",
    "mcp": "Serve what gen tells to agents, by the Model Context Protocol.",
}


# Verbs that change something; the others tell, and what they tell is all that they do.
DOES = {
    "init",
    "import",
    "learn",
    "build",
    "publish",
    "report",
    "new",
    "fmt",
    "deploy",
    "drop",
    "promote",
    "expire",
    "sleep",
    "wake",
    "owners",
    "comment",
    "remind",
    "schema",
}
COMPLETE = "_GEN_COMPLETE"  # the variable by which click's scripts for shells ask


class Verbs(click.Group):
    """Knows the verbs by name and imports one only to run it. `taught` is done to it first, where a
    shell asks what fits."""

    taught: Callable[[click.Command], None] | None = None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 click asks so
        return list(VERBS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 click asks so
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        taken = keyword.iskeyword(cmd_name) or hasattr(builtins, cmd_name)
        name = f"{cmd_name}_" if taken else cmd_name
        module = importlib.import_module(f"generator.command.{name}")
        command: click.Command = getattr(module, name)
        command.short_help = VERBS[cmd_name]
        if self.taught is not None:
            self.taught(command)
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 click asks so
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    default=".",
    type=click.Path(path_type=Path),
    help="Work in this configuration repository.",
)
@click.option(
    "--no-cache",
    is_flag=True,
    envvar="GEN_NO_CACHE",
    help="Neither read nor write the cache; same output, slower.",
)
@click.version_option(__version__, prog_name="gen")
@click.pass_context
def gen(ctx: click.Context, directory: Path, no_cache: bool) -> None:
    """Routes each tenant's requests to the service versions it asked for, over one shared Istio
    mesh.

    Exit codes: 0 fine; 1 the input is invalid; 2 usage; 3 a bug in gen; 4 refused by a guard; 5 a
    newer source is already published; 16 there are differences; 130 interrupted."""
    ctx.obj = Workspace(directory, ctx.obj or Terminal(), cached=not no_cache)


def main(arguments: list[str] | None = None) -> None:
    """Console script `gen`: leaves the process with its exit code."""
    # What a compile makes lives until its end; looking for garbage in it takes a third of the time.
    gc.disable()
    environment.clean()
    out, err = streams.secure()
    asked = os.environ.get(COMPLETE)
    code = _completed(asked) if asked else run(arguments, Terminal(out, err))
    out.flush()
    err.flush()
    # All that is to be written is written; taking memory apart piece by piece would only take time.
    os._exit(code)


def _completed(asked: str) -> int:
    """What a shell asks when a person presses the tab key."""
    from click.shell_completion import shell_complete

    from generator.command.complete import teach

    gen.taught = teach
    return shell_complete(gen, {}, "gen", COMPLETE, asked)


def run(arguments: list[str] | None = None, terminal: Terminal | None = None) -> int:
    """Runs one command and answers its exit code; nothing escapes."""
    terminal = terminal or Terminal()
    words = list(sys.argv[1:] if arguments is None else arguments)
    context: list[click.Context] = []
    try:
        code = _ran(words, terminal, context)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as error:
        error.show(file=terminal.err)
        code = 2
    except (KeyboardInterrupt, click.Abort):
        terminal.note("interrupted")
        code = 130
    except Refusal as refusal:
        code = _refused(refusal, terminal)
    except Exception as error:  # noqa: BLE001 the one place that tells people of a bug
        code = _failed(error, terminal)
    return _told(code, context[0].invoked_subcommand if context else None, terminal)


def _ran(words: list[str], terminal: Terminal, context: list[click.Context]) -> int:
    with gen.make_context("gen", words, obj=terminal) as ctx:
        context.append(ctx)
        code = gen.invoke(ctx)
        ctx.obj.keep()
        return code if isinstance(code, int) else 0


def _told(code: int, verb: str | None, terminal: Terminal) -> int:
    """The exit code, if what was printed could be written. What a verb has done is done all the
    same; but a table that lacks its end is no table."""
    reason = streams.lost(terminal.out)
    if reason is None:
        return code
    terminal.note(f"what gen printed could not be written: {reason.strerror}")
    return code or (0 if verb in DOES else 1)


def _refused(refusal: Refusal, terminal: Terminal) -> int:
    first, *lines = str(refusal).split("\n")  # what servers say has several
    terminal.note(f"{terminal.style('error', 'red', err=True)}: {clean(first)}")
    for line in lines:
        terminal.note(f"  | {clean(line)}".rstrip())
    if refusal.next_step:
        terminal.note(f"  {terminal.style('help', 'green', err=True)}: {clean(refusal.next_step)}")
    return refusal.exit_code


def _failed(error: Exception, terminal: Terminal) -> int:
    from generator.vocabulary.findings import Findings, errors

    if isinstance(error, Findings):
        from generator.io import report

        spots = report.spots(errors(error.found), error.sources)
        terminal.note(report.text(spots, error.sources, terminal, err=True))
        terminal.note(f"{count(len(spots), 'error')}; nothing was written")
        return 1
    if isinstance(error, OSError):
        what = f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")
        step = "check that the path exists and may be read and written"
        return _refused(Refusal(what, step), terminal)
    import traceback

    from generator.io.git import redact

    terminal.note(
        f"gen {__version__} failed. This is a bug in gen; please report it with the lines below.\n"
    )
    told = redact("".join(traceback.format_exception(error))).split("\n")
    terminal.note("\n".join(f"| {clean(line)}" for line in told))
    return 3

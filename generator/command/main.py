"""The parser and the one exception boundary. Verbs are imported when they are called, so that --help is quick."""

from __future__ import annotations

import gc
import importlib
import os
import sys
from pathlib import Path

import click

from generator import __version__
from generator.command.workspace import Workspace
from generator.edge.terminal import Terminal, clean
from generator.vocabulary.refusal import Refusal

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # what is installed beside gen has no say in what is valid

VERBS = {
    "init": "Start a configuration repository: one of each thing.",
    "validate": "Say what is wrong, where, and what to do.",
    "build": "Write the output tree.",
    "diff": "Tell what a change does: whose answers change, what comes and goes.",
    "publish": "Commit the output tree to the output branch and push it.",
    "verify": "Check the output branch: hand edits, missing and foreign files.",
    "explain": "Tell which version answers, hop by hop, and why.",
    "routes": "Print the whole table: lane, environment, service, unit.",
    "new": "Scaffold a service, environment, branch, lane or tenant.",
    "deploy": "Put tags on a unit; creates the branch if it is new.",
    "promote": "Move versions from one unit to another, as far as they were tested.",
    "expire": "Delete the branches and environments whose last day is over.",
    "schema": "Write the JSON schemas that editors use.",
}


class Verbs(click.Group):
    """Knows the verbs by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(importlib.import_module(f"generator.command.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-C", "directory", metavar="DIR", default=".", type=click.Path(path_type=Path), help="Work in this configuration repository.")
@click.option("--no-cache", is_flag=True, envvar="GEN_NO_CACHE", help="Believe and leave nothing of what earlier runs read; only slower.")
@click.version_option(__version__, prog_name="gen")
@click.pass_context
def gen(ctx: click.Context, directory: Path, no_cache: bool) -> None:
    """Routes each tenant's requests to the service versions it asked for, over one shared Istio mesh.

    Exit codes: 0 fine; 1 the input is invalid; 2 usage; 3 a bug in gen; 4 refused by a guard; 5 a newer source is already published; 16 there are
    differences; 130 interrupted.
    """
    ctx.obj = Workspace(directory, ctx.obj or Terminal(), cached=not no_cache)


def main(arguments: list[str] | None = None) -> None:
    """Console script `gen`: leaves the process with its exit code."""
    gc.disable()  # what a compile makes lives until its end; looking for garbage in it takes a third of the time
    try:
        code = run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # the reader went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    os._exit(code)  # all that is to be written is written; taking memory apart piece by piece would only take time


def run(arguments: list[str] | None = None, terminal: Terminal | None = None) -> int:
    """Runs one command and answers its exit code; nothing but a broken pipe escapes."""
    terminal = terminal or Terminal()
    context: list[click.Context] = []
    try:
        with gen.make_context("gen", list(sys.argv[1:] if arguments is None else arguments), obj=terminal) as ctx:
            context.append(ctx)
            code = _code(gen.invoke(ctx))
            ctx.obj.keep()
            return code
    except click.exceptions.Exit as exit:
        return exit.exit_code
    except click.ClickException as error:
        error.show(file=terminal.err)
        return 2
    except (KeyboardInterrupt, click.Abort):
        terminal.note("interrupted")
        return 130
    except Refusal as refusal:
        return _refused(refusal, terminal)
    except BrokenPipeError:
        raise
    except Exception as error:
        return _failed(error, terminal, context[0].obj if context else None)


def _code(answer: object) -> int:
    return answer if isinstance(answer, int) else 0


def _refused(refusal: Refusal, terminal: Terminal) -> int:
    terminal.note(f"{terminal.style('error', 'red', err=True)}: {clean(str(refusal))}")
    if refusal.next_step:
        terminal.note(f"  {terminal.style('help', 'green', err=True)}: {clean(refusal.next_step)}")
    return refusal.exit_code


def _failed(error: Exception, terminal: Terminal, workspace: Workspace | None) -> int:
    from generator.vocabulary.findings import Findings, errors

    if isinstance(error, Findings) and workspace is not None:
        from generator.edge import report

        spots = report.spots(errors(error.found), workspace.sources)
        terminal.note(report.text(spots, workspace.sources, terminal, err=True))
        terminal.note(f"{len(spots)} error{'s' if len(spots) > 1 else ''}; nothing was written")
        return 1
    if isinstance(error, OSError):
        return _refused(Refusal(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), "check that the path exists and may be read and written"), terminal)
    import traceback

    from generator.edge.git import redact

    terminal.note(f"gen {__version__} failed. This is a bug in gen; please report it with the lines below.\n")
    terminal.note("\n".join("| " + clean(line) for line in redact("".join(traceback.format_exception(error))).split("\n")))
    return 3

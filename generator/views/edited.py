"""What an edit did: its unit, how one gets there, and whom it touches; as data, and as a comment on
a pull request that whoever wrote the data cannot steer."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from generator.compiler.compile import Compiled
from generator.plan.plan import Plan
from generator.plan.units import Unit
from generator.views.diff import diff
from generator.vocabulary.names import UNSEEN
from generator.vocabulary.plural import some
from generator.vocabulary.refusal import Refusal

LARGEST = 1_000_000  # bytes of a report
NAMED = 20  # of a list in a comment; more are counted
LONGEST = 200  # characters of one text in a comment
State = Literal["landed", "written", "requested", "unchanged", "dry run"]
_STATES = {
    "landed": "landed",
    "written": "written, and not pushed yet",
    "requested": "waits for a pull request",
    "unchanged": "there already",
    "dry run": "tried only: nothing was pushed",
}
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~/%#-]*)?")
_UNSEEN = re.compile(f"[\t\n{UNSEEN}]")


@dataclass(frozen=True, slots=True)
class Way:
    """A unit and the ways to it: hosts of its own, a command where the colour is believed, tenants
    with a lane through it. `services`: name → version."""

    lane: str
    header: str
    hosts: tuple[str, ...]
    url: str | None
    curl: str | None
    services: dict[str, str]
    tenants: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose answers change, in a line and by name."""

    summary: str
    tenants: tuple[str, ...]
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The one that an edit waits for; `how`: opened, updated or there."""

    number: int
    url: str
    how: str


@dataclass(frozen=True, slots=True)
class Edited:
    """`about` is the unit as it was asked for, or what was done; `files`: path → `written` or
    `deleted`. `unit` is None where there is none (any longer)."""

    verb: str
    about: str
    subject: str
    state: State
    branch: str | None = None
    commit: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unit: Way | None = None
    touched: Touched | None = None
    pull_request: PullRequest | None = None

    def json(self) -> dict[str, Any]:
        """As docs/reference/json.md has it."""
        told = asdict(self)
        return {"version": 1} | {_camel(name): value for name, value in told.items()}

    @property
    def outputs(self) -> str:
        """What later steps of a job ask for, a line each; empty where there is none."""
        lines = {"lane": "", "header": "", "url": "", "commit": self.commit or ""}
        if self.unit is not None:
            lines |= {"lane": self.unit.lane, "header": self.unit.header}
            lines["url"] = self.unit.url or ""
        return "".join(f"{name}={_UNSEEN.sub('', value)}\n" for name, value in lines.items())

    @property
    def gone(self) -> bool:
        """Whether the unit is not there any longer."""
        return self.verb == "drop" and self.state in ("landed", "unchanged")

    @property
    def link(self) -> str | None:
        """The unit's URL, if it is of a form that may be followed."""
        url = self.unit.url if self.unit else None
        return url if url and _URL.fullmatch(url) else None

    @property
    def mark(self) -> str:
        """By which its comment is known again."""
        safe = re.sub(r"[^A-Za-z0-9/._]+", "-", self.about)[:LONGEST]
        return f"<!-- gen edit {safe} -->"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def read(raw: bytes) -> Edited:
    """What `--format json` printed; `Refusal` for anything else."""
    try:
        told = TypeAdapter(dict[str, Any]).validate_json(raw[: LARGEST + 1])
        told.pop("version")
        told["pull_request"] = told.pop("pullRequest", None)
        return TypeAdapter(Edited).validate_python(told)
    except (ValidationError, ValueError, TypeError, KeyError) as wrong:
        why = str(wrong).splitlines()[0][:100]
        raise Refusal(
            "this is not what an edit of gen printed",
            f"make it with `gen deploy … --format json` ({why})",
        ) from None


def way(plan: Plan, name: str) -> Way | None:
    """The ways to a unit; None if it is not there."""
    unit = Unit.parse(name)
    if unit not in plan.runs:
        return None
    environment, lane = plan.environments[unit.environment], str(unit)
    hosts = [host for host, of in sorted(plan.previews.items()) if of == unit]
    if not hosts and unit.branch is None:
        hosts = list(environment.hosts)
    header = plan.platform.mesh.header
    ingress = plan.platform.at(environment.cluster).ingress
    scheme = "https" if ingress.credential else "http"
    curl = None
    if environment.hosts and environment.trusts_colour:
        curl = f"curl -H '{header}: {lane}' {scheme}://{environment.hosts[0]}/"
    services = {name: run.deployed for name, run in sorted(plan.runs[unit].items())}
    return Way(
        lane,
        header,
        tuple(hosts),
        f"{scheme}://{hosts[0]}/" if hosts else None,
        curl,
        services,
        _takers(plan, unit),
    )


def _takers(plan: Plan, unit: Unit) -> tuple[str, ...]:
    """Tenants with a lane that leads through it."""
    through = {name for name, lane in plan.lanes.items() if unit in lane.through}
    tenants = sorted(plan.tenants.items())
    return tuple(name for name, tenant in tenants if through & dict(tenant.choices).keys())


def touched(before: Compiled, after: Compiled) -> Touched:
    difference = diff(before, after)
    tenants = tuple(asker.name for asker in difference.tenants)
    return Touched(
        difference.summary, tenants, tuple(asker.name for asker in difference.environments)
    )


def markdown(told: Edited) -> str:
    """A comment: what comes from the data stands in code, or is a plain URL."""
    lines = [told.mark, f"**{code(told.about)}** {_state(told)}", *_way(told.unit)]
    if told.touched:
        lines += ["", code(told.touched.summary)]
        for kind in ("tenants", "environments"):
            if names := getattr(told.touched, kind):
                lines.append(f"- other answers for the {kind} {_some(names)}")
    return "\n".join(lines) + "\n"


def _way(unit: Way | None) -> list[str]:
    if unit is None:
        return []
    lines = ["", f"- lane {code(unit.lane)}, in the header {code(unit.header)}"]
    if unit.url:
        lines.append(f"- {_link(unit.url)}")
    if unit.curl:
        lines.append(f"- {code(unit.curl)}")
    if unit.tenants:
        lines.append(f"- taken by the tenants {_some(unit.tenants)}")
    if not (unit.url or unit.curl or unit.tenants):
        lines.append("- inside the mesh only: no host is its own, and no tenant takes it")
    runs = tuple(f"{name}={version}" for name, version in unit.services.items())
    return [*lines, f"- runs {_some(runs)}"]


def _state(told: Edited) -> str:
    state = _STATES[told.state]
    if told.gone:
        state = "is gone"
    if told.pull_request:
        return f"{state}: {_link(told.pull_request.url)}"
    if told.commit:
        return f"{state}, as {code(told.commit[:10])}"
    return state


def _some(names: tuple[str, ...]) -> str:
    return some([code(name) for name in names], NAMED)


def _link(url: str) -> str:
    return f"<{url}>" if _URL.fullmatch(url) else code(url)


def code(text: str) -> str:
    """A text in code, in a line, between more backticks than it holds."""
    shown = _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", text[:LONGEST]) or " "
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    if "`" in shown:
        shown = f" {shown} "
    return f"{fence}{shown}{fence}"

"""Findings: what is wrong with the input, said once, in one order, for every output format.

A finding's code is permanent. `RULES` is the registry; `docs/reference/findings.md` is printed from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from generator.vocabulary.source import Place

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code stands for, and why it is told."""

    title: str
    why: str
    severity: Severity = "error"


RULES: dict[str, Rule] = {
    # GEN0xx: the file as text
    "GEN001": Rule("a path that gen cannot read safely", "A link may lead out of the repository, and a pipe or a device never ends. What stands there is named and never opened."),
    "GEN002": Rule("not UTF-8 text", "In another encoding every reader guesses, and two guess differently."),
    "GEN003": Rule("a character that readers disagree about", "Invisible characters make two names look like one, and some end a line for one reader and not for the next. A reviewer must see what is compiled."),
    "GEN004": Rule("broken YAML", "The text cannot be read. The mistake is often on the line above the one that is shown."),
    "GEN005": Rule("YAML beyond the plain subset", "Anchors, aliases, merge keys, tags and directives mean different things to different readers, and a few lines of them can stand for gigabytes. Values are written out."),
    "GEN006": Rule("a key given twice", "Some readers take the first, some the last, and a reviewer sees either."),
    "GEN007": Rule("a key that is not a string", "`1` and `\"1\"` are two keys to one reader and the same to another."),
    "GEN008": Rule("too large or too deep", "Far beyond what configuration needs; a limit keeps hostile input from costing memory or time."),
    "GEN009": Rule("not one mapping", "Each file says one thing, as one document of `key: value` lines."),
    # GEN1xx: the shape of one file
    "GEN101": Rule("an unknown key", "A misspelt key would otherwise be a setting that silently does nothing."),
    "GEN102": Rule("a missing key", "Without it the file says too little to act on."),
    "GEN103": Rule("a value of the wrong type", "YAML takes some plain words for numbers or truth values, and readers disagree which. Quotes make them text for all."),
    "GEN104": Rule("a value that is not allowed", "Values become names, paths, headers and arguments further on; each has the alphabet of the strictest reader on its way."),
    "GEN105": Rule("a file in a place where nothing is read", "It would look like configuration and change nothing."),
    "GEN106": Rule("a name that is not allowed", "Names become folders, hosts, labels and branches of git. What one of them cannot hold is refused, never shortened behind a person's back."),
    # GEN2xx: what files say of each other
    "GEN201": Rule("no platform.yaml", "It names the platform and its repository; nothing can be compiled without it."),
    "GEN202": Rule("a name given twice", "A thing's name is its file's name, whatever the folder. Names that differ only in case are one on some file systems."),
    "GEN203": Rule("an unknown service", "Only services of the catalogue have ports and routes."),
    "GEN204": Rule("an unknown environment", "The way would lead nowhere."),
    "GEN205": Rule("an unknown unit", "Requests would be sent to versions that nobody deploys."),
    "GEN206": Rule("an unknown lane", "The tenant's requests would have no way to take."),
    "GEN207": Rule("a unit that does not run the service", "A pin sends every request for the service to one unit, which must run it."),
    "GEN208": Rule("environments that extend each other in a circle", "Nobody could say where the search for a service ends."),
    "GEN209": Rule("two things with one name in the cluster", "The second would silently replace the first."),
    "GEN210": Rule("a private name that cannot be told the chosen way", "A call that carries the name would reach another service, or nobody."),
    "GEN211": Rule("services that call each other in a circle", "A request that goes round may meet itself, in another version if a hop drops the colour, and no order of deployment is right. Accept it where the calls are meant so.", "warning"),
    # GEN3xx: what it all means
    "GEN301": Rule("a lane that can reach a service nobody answers", "Requests of the lane would be answered 503 there."),
    "GEN302": Rule("two tenants with the same rule", "A request that fits would be either's. Rules that are not equal are asked in one order: claim, header, cookie, host, and by name within a kind."),
    "GEN303": Rule("a tenant whose expectation does not hold", "`expect` is the tenant's test: a change elsewhere moved its requests to other versions."),
    "GEN304": Rule("the colour is lost before an override", "A service that does not copy the colour's header sends what it calls to the baseline, so the versions behind it are never reached: the commonest silent failure of such systems.", "warning"),
    "GEN305": Rule("a rule that can never tell a tenant", "What it looks at is removed at the edge, has a meaning of its own, or is never verified."),
    "GEN306": Rule("two services at one place of the ingress", "One of them would get the requests of both."),
    "GEN307": Rule("a port that cannot work", "Clients, routes and Services must agree on it."),
    "GEN308": Rule("more than a cluster can hold", "A cluster refuses objects above its limits when they are applied, long after the review. gen emits no HTTPRoute, so the limits of the Gateway API do not apply; the regular expressions of lanes stay far below the size that proxies take."),
    "GEN309": Rule("a rule that can never win", "Another rule always decides before it, or no request that comes through can carry what it looks for.", "warning"),
    "GEN310": Rule("an expired unit that is still named", "`gen expire` would break what names it, and whoever made the unit may have forgotten it. Told by `gen validate` alone, for the day it runs on: the same commit always compiles to the same files.", "warning"),
    "GEN311": Rule("a smoke test that cannot pass", "What it asks has no name where it runs, no port that speaks HTTP, or no version that answers."),
    # GEN4xx: Kustomize bases and components
    "GEN401": Rule("no base or component", "Kustomize would fail after the commit, when Argo CD runs it."),
    "GEN402": Rule("a base that Kustomize must not run", "Kustomize input is code: it can fetch, execute, reach out of its folder and tell Argo CD to bypass its own rules. Only what is known to be harmless is allowed."),
    "GEN403": Rule("a base without the service's image", "A unit's tag is put on that image; without it another version runs than gen tells."),
    "GEN404": Rule("a base that brings what gen emits", "Two owners of one object overwrite each other; and routes, policies and what belongs to the whole cluster are no service's to bring."),
    "GEN405": Rule("a base that Kustomize cannot build", "Kustomize would fail after the commit, or overlook a part of the file without a word."),
    "GEN406": Rule("an image without a tag or digest", "Nobody could say what runs, and the same commit would run something else tomorrow."),
    # GEN5xx: findings that were accepted
    "GEN501": Rule("an acceptance of nothing", "What was accepted is not found here any more, so the next one would be hidden without anybody having looked at it.", "warning"),
}
WARNINGS = tuple(code for code, rule in RULES.items() if rule.severity == "warning")
ACCEPTABLE = tuple(code for code in WARNINGS if code != "GEN501")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change: where, what, and the next step. `strict`: a warning that this repository, or this run, takes for an error."""

    code: str
    place: Place
    message: str
    hint: str = ""
    related: tuple[tuple[Place, str], ...] = ()
    strict: bool = False

    @property
    def severity(self) -> Severity:
        return "error" if self.strict else RULES[self.code].severity


class Findings(Exception):
    """Raised by a stage that cannot hand on a value; carries every finding of the stage."""

    def __init__(self, found: Iterable[Finding]) -> None:
        super().__init__()
        self.found = tuple(found)


def errors(found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity == "error"]

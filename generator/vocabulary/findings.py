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
    """What a code stands for."""

    title: str
    severity: Severity = "error"


RULES: dict[str, Rule] = {
    # GEN0xx: the file as text
    "GEN001": Rule("a path that gen cannot read safely"),
    "GEN002": Rule("not UTF-8 text"),
    "GEN003": Rule("a character that readers disagree about"),
    "GEN004": Rule("broken YAML"),
    "GEN005": Rule("YAML beyond the plain subset"),
    "GEN006": Rule("a key given twice"),
    "GEN007": Rule("a key that is not a string"),
    "GEN008": Rule("too large or too deep"),
    "GEN009": Rule("not one mapping"),
    # GEN1xx: the shape of one file
    "GEN101": Rule("an unknown key"),
    "GEN102": Rule("a missing key"),
    "GEN103": Rule("a value of the wrong type"),
    "GEN104": Rule("a value that is not allowed"),
    "GEN105": Rule("a file in a place where nothing is read"),
    "GEN106": Rule("a name that is not allowed"),
    # GEN2xx: what files say of each other
    "GEN201": Rule("no platform.yaml"),
    "GEN202": Rule("a name given twice"),
    "GEN203": Rule("an unknown service"),
    "GEN204": Rule("an unknown environment"),
    "GEN205": Rule("an unknown unit"),
    "GEN206": Rule("an unknown lane"),
    "GEN207": Rule("a unit that does not run the service"),
    "GEN208": Rule("environments that extend each other in a circle"),
    "GEN209": Rule("two things with one name in the cluster"),
    "GEN210": Rule("a private name that cannot be told the chosen way"),
    # GEN3xx: what it all means
    "GEN301": Rule("a lane that can reach a service nobody answers"),
    "GEN302": Rule("two tenants with the same rule"),
    "GEN303": Rule("a tenant whose expectation does not hold"),
    "GEN304": Rule("the colour is lost before an override", "warning"),
    "GEN305": Rule("a rule that can never tell a tenant"),
    "GEN306": Rule("two services at one place of the ingress"),
    "GEN307": Rule("a port that cannot work"),
    "GEN308": Rule("more than a cluster can hold"),
    # GEN4xx: Kustomize bases and components
    "GEN401": Rule("no base or component"),
    "GEN402": Rule("a base that Kustomize must not run"),
    "GEN403": Rule("a base without the service's image"),
    "GEN404": Rule("a base that brings what gen emits"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change: where, what, and the next step."""

    code: str
    place: Place
    message: str
    hint: str = ""
    related: tuple[tuple[Place, str], ...] = ()

    @property
    def severity(self) -> Severity:
        return RULES[self.code].severity


class Findings(Exception):
    """Raised by a stage that cannot hand on a value; carries every finding of the stage."""

    def __init__(self, found: Iterable[Finding]) -> None:
        super().__init__()
        self.found = tuple(found)


def errors(found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity == "error"]

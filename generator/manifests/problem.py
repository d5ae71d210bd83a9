"""What is wrong with one manifest, before anybody knows in which file it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from generator.vocabulary.source import Route

# The families; titles and reasons stand in `vocabulary/findings.py`.
POINTER = "GEN408"  # a file of Git LFS, whose content nobody has here
SHAPE = "GEN410"  # not what the schema says
UNKNOWN_KIND = "GEN411"  # of no kind that this Kubernetes has
VALUE = "GEN412"  # a value that the server refuses
TOGETHER = "GEN413"  # what is missing, twice there, or contradicts itself
SERVERS = "GEN414"  # what a server sets
BROKEN = "GEN415"  # taken, and broken all the same
NOWHERE = "GEN416"  # a reference that looks misspelt
CUSTOM = "GEN417"  # not what a CustomResourceDefinition says
DEFINITION = "GEN418"  # a CustomResourceDefinition that cannot be used
UNCHECKED = "GEN419"  # a kind that nobody described


@dataclass(frozen=True, slots=True)
class Problem:
    """A route leads from the top of the document to the value; or, `on_key`, to the key itself."""

    code: str
    route: Route
    message: str
    hint: str = ""
    on_key: bool = False

    def below(self, route: Route) -> Problem:
        """The same, of a part that stands at a route."""
        return replace(self, route=route + self.route) if route else self


def shown(value: object, most: int = 40) -> str:
    """A value as a message can hold it."""
    text = str(value)
    return text if len(text) <= most else text[:most] + "…"

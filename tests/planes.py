"""`python -m tests.planes`: prints into docs/planes.md what each kind of routes can say on each plane, behind each kind of ingress, from the registry."""

from __future__ import annotations

import re
from pathlib import Path

from generator.targets import registry
from generator.targets.target import Capability, Target

PAGE = Path(__file__).parent.parent / "docs/planes.md"
_TABLE = re.compile(
    r"(?<=<!-- printed by python -m tests.planes -->\n\n).*?(?=<!-- end -->)", re.DOTALL
)


def table() -> str:
    targets = [
        registry.target(plane, routes, ingress)
        for ingress in registry.INGRESSES
        for plane in registry.PLANES
        for routes in registry.ROUTES
    ]
    lines = [
        "| can it | " + " | ".join(map(_called, targets)) + " |",
        "|---|" + "---|" * len(targets),
    ]
    for capability in Capability:
        able = ("yes" if capability in one.can else "**no**" for one in targets)
        lines.append(f"| {capability.value} | " + " | ".join(able) + " |")
    return "\n".join(lines) + "\n\n"


def _called(target: Target) -> str:
    behind = "" if target.ingress_name == "istio" else f", ingress `{target.ingress_name}`"
    return f"`{target.routes_name}` on `{target.plane_name}`{behind}"


def page(text: str) -> str:
    """The page with the table as it must be."""
    return _TABLE.sub(lambda _: table(), text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))

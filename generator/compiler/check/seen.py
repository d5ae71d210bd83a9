"""By what lanes are seen: a label of metrics holds nothing that whoever asks could choose."""

from __future__ import annotations

from collections.abc import Iterator

from generator.compiler.resolve import Resolved
from generator.plan.plan import Plan
from generator.vocabulary.findings import Finding
from generator.vocabulary.layout import PLATFORM
from generator.vocabulary.source import Place


def check(resolved: Resolved, plan: Plan) -> Iterator[Finding]:
    """Environments that believe a colour from outside, where colours become a label: its values are
    lanes as long as the edge alone gives them, and without end where clients do."""
    telemetry = plan.platform.telemetry
    if telemetry is None or not telemetry.metrics:
        return
    asks = Place(PLATFORM).at("telemetry", "metrics")
    for name, environment in plan.environments.items():
        if environment.trusts_colour:
            yield Finding(
                "GEN328",
                resolved.project.place("environment", name).at("trustColour"),
                f"whoever reaches {name} would choose values of the metrics' label `lane`",
                "trust no colour from outside, or leave `metrics` out of `telemetry` in "
                "platform.yaml",
                ((asks, "metrics get the label here"),),
            )

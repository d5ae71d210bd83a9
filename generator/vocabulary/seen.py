"""The input model of what proxies tell of lanes."""

from __future__ import annotations

from pydantic import Field

from generator.vocabulary.fields import Many, Model, ProviderName


class Telemetry(Model):
    """By what lanes are seen; each holds names of `extensionProviders` in Istio's MeshConfig."""

    metrics: Many[ProviderName] = Field(
        (),
        description="Providers of Prometheus metrics, by which requests and their durations get "
        "the label `lane`.",
        examples=[["prometheus"]],
    )
    access_log: Many[ProviderName] = Field(
        (),
        description="Providers of access logs, in whose format the platform writes the colour's "
        "header.",
        examples=[["lanes"]],
    )
    spans: ProviderName | None = Field(
        None,
        description="Provider of traces, whose spans get the tag `lane`.",
        examples=["otel"],
    )

"""The input model of what the catalogue says of a service's requests and of its identity: how long,
how often and how many; and what its account carries."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary import names
from generator.vocabulary.fields import MOST, AnnotationKey, Fits, Many, Model, Visible

_OBEYED = ("argocd.argoproj.io/", "helm.sh/", "config.kubernetes.io/", "kubernetes.io/")

Duration = Annotated[
    str,
    Fits(r"[1-9][0-9]{0,5}(?:ms|s|m)", "a duration, such as 500ms, 10s or 2m, of at most 9999m"),
]
SecretName = Annotated[str, Fits(names.HOST_OR_LABEL, "the name of a Secret")]


class Retries(Model):
    """What is tried again, and how often."""

    attempts: int = Field(ge=0, le=10, description="Tries after the first; 0 for none.")
    per_try: Duration | None = Field(
        None, description="How long each try may take.", examples=["2s"]
    )
    on: Many[Annotated[str, Fits(r"[a-z0-9-]{3,40}", "a reason of Envoy, such as 5xx")]] = Field(
        (), description="Reasons, as Envoy names them; Istio's if left out.", examples=[["5xx"]]
    )


class Limits(Model):
    """How much one proxy, a caller's or a waypoint, may ask of one unit's pods at a time."""

    connections: int | None = Field(None, ge=1, le=1_000_000, description="Open connections.")
    requests: int | None = Field(None, ge=1, le=1_000_000, description="Requests under way.")
    pending: int | None = Field(None, ge=1, le=1_000_000, description="Requests that wait.")

    @model_validator(mode="after")
    def _limits_something(self) -> Limits:
        if not self.model_fields_set:
            raise PydanticCustomError("limits", "says no limit")
        return self


class Outliers(Model):
    """When a pod that fails is left out for a while."""

    errors: int = Field(ge=1, le=1000, description="Answers 5xx in a row, or failed connections.")
    every: Duration = Field("10s", description="How often they are counted.")
    rest: Duration = Field("30s", description="How long the pod is left out, at first.")
    share: int = Field(50, ge=1, le=100, description="Percent of the pods that may be left out.")


class Traffic(Model):
    """How requests to a service are carried, to each of its units by itself."""

    timeout: Duration | None = Field(
        None, description="How long a request may take, with all tries.", examples=["10s"]
    )
    retries: Retries | None = Field(None, description="What is tried again.")
    limits: Limits | None = Field(None, description="How much may be asked at a time.")
    outliers: Outliers | None = Field(None, description="When pods that fail are left out.")

    @property
    def shapes_pods(self) -> bool:
        """Whether it says something of connections to pods, and not only of requests."""
        return self.limits is not None or self.outliers is not None


class Account(Model):
    """What the service's ServiceAccount carries in each unit."""

    annotations: dict[AnnotationKey, Visible] = Field(
        {},
        max_length=MOST,
        description="Annotations, such as the role in a cloud.",
        examples=[{"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/cart"}],
    )
    image_pull_secrets: Many[SecretName] = Field(
        (), description="Secrets of the namespace that images are pulled with."
    )

    @model_validator(mode="after")
    def _obeys_nobody(self) -> Account:
        for key in self.annotations:
            if key.startswith(_OBEYED):
                raise PydanticCustomError(
                    "obeyed", "holds `{key}`, which is gen's or the cluster's to set", {"key": key}
                )
        return self

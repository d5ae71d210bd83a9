"""The input model: what the YAML of a configuration repository may say (DESIGN §2); its
`platform.yaml` has a room of its own.

These classes are the single source of the shape: `gen schema` prints `schemas/*.json` from them,
and the reference documentation quotes their descriptions. Meaning (who answers) is not here; see
`plan/routing.py`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary.catalogue import External, Service
from generator.vocabulary.clusters import Plane
from generator.vocabulary.fields import (
    MOST,
    Accepting,
    ClaimName,
    CookieName,
    CookieValue,
    Date,
    DigestText,
    FullImage,
    HeaderName,
    Host,
    ImageText,
    Label,
    LabelKey,
    LabelValue,
    LaneName,
    Many,
    Model,
    Owner,
    Prefix,
    Quota,
    ServiceName,
    SourceText,
    TagText,
    UnitName,
    Variable,
    Visible,
)
from generator.vocabulary.platform import Platform
from generator.vocabulary.sleep import RESUMES, SLEEPS, Moment, Sleeps


class Adopted(Model):
    """What ran before gen did, and goes on as it is: Kubernetes never changes by which labels a
    workload knows its pods."""

    selector: dict[LabelKey, LabelValue] = Field(
        min_length=1,
        max_length=MOST,
        description="Labels by which its Service finds pods: it goes on finding them by these, "
        "and its workloads know their pods as the base says. Branches beside it get other values.",
        examples=[{"app": "checkout"}],
    )
    untouched: bool = Field(
        False,
        description="Whether its pods stay as they run: no labels, account, variables or proxy of "
        "gen's, and so no lane behind them. Without it a rolling update brings them in.",
    )
    account: Label | None = Field(
        None, description="Account of its pods, as long as they are untouched."
    )


class Run(Model):
    """One version of a service in a unit: a tag or a digest, and what differs from the base."""

    image: ImageText | None = Field(
        None,
        description="Image without tag instead of the service's, from a registry that "
        "`registries` in platform.yaml allows.",
        examples=["ghcr.io/shop-forks/checkout"],
    )
    tag: TagText | None = Field(
        None, description="Image tag. Quote it if it looks like a number.", examples=["v1.4.2"]
    )
    digest: DigestText | None = Field(
        None, description="Image digest instead of, or beside, a tag."
    )
    source: SourceText | None = Field(
        None,
        description="Commit of the application that this version was built from, and its time, as "
        "`gen deploy --source-commit` records it: what was built from an older one comes no more. "
        "It changes nothing that is deployed.",
        examples=["3f2c1a9@2027-01-31T10:00:00Z"],
    )
    replicas: int | None = Field(None, ge=0, le=10000, description="Replicas, if not the base's.")
    components: Many[Label] = Field(
        (), description="Kustomize components of overlays/components to switch on."
    )
    env: dict[Variable, str] = Field(
        {},
        max_length=MOST,
        description="Environment variables of the container, as strings, after those of the base; "
        "`$(NAME)` means one that stands before it.",
    )
    draining: bool = Field(
        False,
        description="It still runs, and no lane leads to it any longer: the step before it is "
        "taken away.",
    )
    adopted: Adopted | None = Field(
        None,
        description="That it ran before gen did, and how: `gen import --in-place` writes it.",
    )

    @model_validator(mode="after")
    def _has_version(self) -> Run:
        if self.tag is None and self.digest is None:
            raise PydanticCustomError(
                "version", "needs a `tag` or a `digest`: without one nobody can say what runs"
            )
        return self


Runs = Annotated[dict[ServiceName, Run], Field(max_length=MOST)]


class SmokeRequest(Model):
    """A request of a smoke test."""

    service: ServiceName = Field(description="Service that is asked.")
    port: Label | None = Field(
        None, description="Name of the port; the first that is not tcp if left out."
    )
    path: Prefix = Field("/", description="Path that is asked for.", examples=["/healthz"])
    status: int = Field(200, ge=100, le=599, description="Status that the answer must have.")


class Smoke(Model):
    """Requests, or an image that asks by itself, in the lane of a unit that has been deployed."""

    requests: Many[SmokeRequest] = Field((), description="Requests, each with the status expected.")
    image: FullImage | None = Field(
        None, description="Image that tests; exit code 0 says that all is well."
    )
    command: Many[Visible] = Field(
        (), description="Command of the image.", examples=[["e2e", "--once"]]
    )
    calls: Many[ServiceName] = Field((), description="Services that the image calls.")

    @model_validator(mode="after")
    def _one_kind(self) -> Smoke:
        if bool(self.requests) == (self.image is not None) or (
            self.image is None and (self.command or self.calls)
        ):
            raise PydanticCustomError(
                "one",
                "a smoke test has either `requests`, or an `image` with its `command` and whom it "
                "`calls`",
            )
        return self


class Takes(Model):
    """Where an environment's versions come from."""

    source: Label = Field(
        alias="from", description="Environment that `gen promote` may take versions from."
    )
    tested: bool = Field(
        False,
        description="Whether `gen promote` must be shown that they passed that environment's smoke "
        "tests.",
    )


Tests = dict[Annotated[Label, Field(max_length=20)], Smoke]


class Environment(Accepting):
    """An environment: `environments/<environment>/environment.yaml`."""

    namespace: Label | None = Field(
        None, description="Namespace; `<platform name>-<environment>` if left out."
    )
    cluster: Label | None = Field(
        None,
        description="Cluster of `clusters` that it runs on, with its branches; the platform's "
        "`cluster` if left out.",
    )
    plane: Plane | None = Field(
        None, description="What carries requests here, instead of what its cluster says."
    )
    hosts: Many[Host] = Field((), description="Host names at the ingress.")
    extends: Label | None = Field(
        None, description="Environment that answers for what this one does not run."
    )
    expires: Date | None = Field(None, description="Last day of its life.")
    runs: Runs = Field({}, description="Versions that it runs itself: its baseline.")
    owner: Owner | None = Field(None, description="Who is responsible for it.")
    quota: Quota | None = Field(
        None,
        description="What its namespace may use, instead of the platform's `namespaces.quota`.",
    )
    trust_colour: bool = Field(
        False, description="Whether a colour sent from outside to its hosts is believed."
    )
    adopting: bool = Field(
        False,
        description="Whether pods run here that have no proxy yet: whoever could call still may, "
        "and the namespace limits nothing.",
    )
    asleep: bool = Field(
        False,
        description="Whether it sleeps: its workloads are scaled to none, and no lane leads to "
        "them. Its branches sleep with it.",
    )
    sleeps: Sleeps | None = SLEEPS
    resumes: Moment | None = RESUMES
    tests: Tests = Field({}, description="Smoke tests of its own versions.")
    takes: Takes | None = Field(
        None,
        description="Where its versions come from, for `gen promote`.",
        examples=[{"from": "test", "tested": True}],
    )


class Branch(Accepting):
    """Versions of one git branch: `environments/<environment>/branches/**/<branch>.yaml`."""

    owner: Owner | None = Field(None, description="Who is responsible for it.")
    expires: Date | None = Field(None, description="Last day of its life.")
    hosts: Many[Host] = Field(
        (),
        description="Host names at the ingress whose requests take the branch's lane, unless a "
        "tenant's rule says otherwise.",
    )
    runs: Runs = Field(min_length=1, description="Versions that the branch changes or adds.")
    asleep: bool = Field(
        False,
        description="Whether it sleeps: its workloads are scaled to none, and no lane leads to "
        "them.",
    )
    sleeps: Sleeps | None = SLEEPS
    resumes: Moment | None = RESUMES
    tests: Tests = Field({}, description="Smoke tests, in the branch's lane.")


class LaneSpec(Model):
    """A way through the services."""

    through: Many[UnitName] = Field(
        min_length=1,
        description="Units, like a search path: the first that runs a service answers.",
    )
    pin: dict[ServiceName, UnitName] = Field(
        {},
        max_length=MOST,
        description="Services answered by a fixed unit, whatever `through` says.",
    )
    isolation: Literal["shared", "strict"] = Field(
        "shared", description="`strict` never leaves its own units: 503 instead."
    )


class Lane(LaneSpec, Accepting):
    """A named lane: `environments/lanes/**/<lane>.yaml`."""

    owner: Owner | None = Field(None, description="Who is responsible for it.")


def _lane_form(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "weighted"
    return "inline" if isinstance(value, dict | LaneSpec) else "name"


SomeLane = Annotated[
    Annotated[LaneName, Tag("name")] | Annotated[LaneSpec, Tag("inline")], Discriminator(_lane_form)
]


class Weighted(Model):
    """A share of a tenant's requests."""

    lane: SomeLane = Field(description="A unit, a named lane, or one written in place.")
    weight: int = Field(
        ge=0, le=1000, description="Share, relative to the sum of all.", examples=[10]
    )


TenantLane = Annotated[
    Annotated[LaneName, Tag("name")]
    | Annotated[LaneSpec, Tag("inline")]
    | Annotated[Many[Weighted], Field(min_length=1), Tag("weighted")],
    Discriminator(_lane_form),
]


def _one_is_set(model: Model) -> bool:
    """Whether exactly one key was written, and with a value."""
    written = [getattr(model, name) for name in model.model_fields_set]
    return len(written) == 1 and written[0] is not None


class Match(Model):
    """One rule that tells a tenant's requests: exactly one kind, one name, one value."""

    claim: dict[ClaimName, Visible] | None = Field(
        None, min_length=1, max_length=1, description="Claim of a verified token."
    )
    header: dict[HeaderName, Visible] | None = Field(
        None, min_length=1, max_length=1, description="Request header."
    )
    cookie: dict[CookieName, CookieValue] | None = Field(
        None, min_length=1, max_length=1, description="Cookie."
    )
    host: Host | None = Field(None, description="Host name at the ingress.")

    @model_validator(mode="after")
    def _one_kind(self) -> Match:
        if not _one_is_set(self):
            raise PydanticCustomError(
                "one",
                "a rule has exactly one of claim, header, cookie and host; write two rules for "
                "either",
            )
        return self

    @property
    def told(self) -> tuple[str, str, str]:
        """(kind, name, value); hosts have no name."""
        for kind, pair in (("claim", self.claim), ("header", self.header), ("cookie", self.cookie)):
            if pair:
                return (kind, *next(iter(pair.items())))
        return ("host", "", self.host or "")


class Sticky(Model):
    """What tells a tenant's users apart: exactly one kind, and its name."""

    claim: ClaimName | None = Field(
        None, description="Claim of a verified token.", examples=["sub"]
    )
    header: HeaderName | None = Field(None, description="Request header.")
    cookie: CookieName | None = Field(None, description="Cookie.", examples=["session"])

    @model_validator(mode="after")
    def _one_kind(self) -> Sticky:
        if not _one_is_set(self):
            raise PydanticCustomError(
                "one", "name exactly one of claim, header and cookie to distinguish users"
            )
        return self

    @property
    def told(self) -> tuple[str, str]:
        """(kind, name)."""
        return next(
            (kind, name) for kind in ("claim", "header", "cookie") if (name := getattr(self, kind))
        )


class Tenant(Accepting):
    """A tenant: `environments/tenants/**/<tenant>.yaml`."""

    match: Many[Match] = Field(
        min_length=1, description="Rules; a request that fits any of them is the tenant's."
    )
    lane: TenantLane = Field(
        description="A unit, a named lane, a lane in place, or a weighted list of them."
    )
    sticky: Sticky | None = Field(
        None,
        description="With weights: the same user gets the same lane each time; without it each "
        "request chooses anew.",
        examples=[{"cookie": "session"}],
    )
    expect: dict[ServiceName, UnitName] = Field(
        {},
        max_length=MOST,
        description="Units that must answer, checked by validate like a unit test.",
    )
    owner: Owner | None = Field(None, description="Who is responsible for it.")

    @model_validator(mode="after")
    def _sticky_with_weights(self) -> Tenant:
        if self.sticky is not None and not isinstance(self.lane, tuple):
            raise PydanticCustomError(
                "sticky", "`sticky` goes with a weighted `lane`: a list of {lane, weight}"
            )
        return self


KINDS: dict[str, type[Model]] = {
    "platform": Platform,
    "service": Service,
    "external": External,
    "environment": Environment,
    "branch": Branch,
    "lane": Lane,
    "tenant": Tenant,
}

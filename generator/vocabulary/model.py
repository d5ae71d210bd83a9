"""The input model: what the YAML of a configuration repository may say (DESIGN §2).

These classes are the single source of the shape: `gen schema` prints `schemas/*.json` from them, and the
reference documentation quotes their descriptions. Meaning (who answers) is not here; see `compiler/routing.py`.
"""

from __future__ import annotations

import datetime
import json
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Strict, Tag, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from generator.vocabulary import names
from generator.vocabulary.findings import ACCEPTABLE


def _text(pattern: str, what: str, **field: Any) -> Any:
    def check(value: str) -> str:
        if not names.matches(pattern, value):
            raise PydanticCustomError("pattern", "is not {what}", {"what": what})
        return value

    return Annotated[str, AfterValidator(check), Field(json_schema_extra={"pattern": f"^(?:{pattern})$"}, **field)]


def _date(value: object) -> object:
    if not isinstance(value, str) or not names.matches(names.DATE, value):
        raise PydanticCustomError("date", "is not a date such as 2027-01-31")
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date", "is a date that no calendar has") from None


Label = _text(names.DNS_LABEL, "a DNS label: a-z, 0-9 and '-', at most 63 characters, no '-' at the ends")
ServiceName = _text(names.SERVICE_LABEL, "a service name: a DNS label that starts with a letter")
Host = _text(names.HOST, "a host name in lower case, such as test.shop.example.com")
UnitName = _text(names.UNIT, "a unit: an environment, or environment/branch")
LaneName = _text(names.UNIT, "a lane: a unit (environment or environment/branch) or a named lane")
TagText = _text(names.TAG, "an image tag: letters, digits, '_', '.' and '-', at most 128 characters")
DigestText = _text(names.DIGEST, "a digest: sha256: and 64 hexadecimal digits")
ImageText = _text(names.IMAGE, "an image name without tag or digest, such as registry.example.com/shop/cart")
FullImage = _text(names.FULL_IMAGE, "an image with a tag or a digest, such as registry.example.com/shop/e2e:v3")
HeaderName = _text(names.HEADER, "a header name in lower case")
CookieName = _text(names.COOKIE, "a cookie name")
ClaimName = _text(names.CLAIM, "a claim name")
Visible = _text(names.VISIBLE, "printable ASCII, at most 256 characters, without blanks at the ends")
CookieValue = _text(names.COOKIE_VALUE, "a cookie value: printable ASCII without blanks, quotes, ',', ';' and '\\'")
LabelKey = _text(names.LABEL_KEY, "a label's key")
LabelValue = _text(names.LABEL_VALUE, "a label's value: at most 63 letters, digits, '_', '.' and '-'")
Variable = _text(names.ENVIRONMENT_VARIABLE, "an environment variable's name")
Prefix = _text(names.PREFIX, "a path prefix: '/' and then letters, digits, '_', '.', '~', '-' and '/'")
PrivateName = _text(names.PRIVATE_NAME, "a private name: letters, digits, '.', '_' and '-'")
QueueName = _text(names.QUEUE, "a queue's name: letters, digits, '.', '_', '-', ':' and '/'")
Resource = _text(names.RESOURCE, "a resource that a quota can count, such as pods or requests.cpu")
Quantity = Annotated[int, Field(ge=0, le=10**12)] | _text(names.QUANTITY, "a quantity, such as 500m or 2Gi")
Url = _text(r"(?:https?|ssh|git|file)://[\x21-\x7e]{1,2000}|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[\x21-\x7e]{1,2000}", "a URL")
Date = Annotated[datetime.date, BeforeValidator(_date), Field(json_schema_extra={"pattern": f"^{names.DATE}$"})]
GitBranch = _text(r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![./])", "a branch name")
Owner = _text(names.OWNER, "an owner: letters, digits, '@', '/', '_', '.', '-'")
WarningCode = _text("|".join(ACCEPTABLE), "the code of a warning that can be accepted")
Reason = _text(r"(?=.{12,300}$)[^\x00-\x20\x7f]+(?: [^\x00-\x20\x7f]+)+", "a reason: one line of at least two words and 12 characters")


T = TypeVar("T")
MOST = 1000  # entries of one list or mapping: far beyond use, and little enough to check in no time
Many = Annotated[tuple[T, ...], Strict(False), Field(max_length=MOST)]  # a YAML list


class Model(BaseModel):
    """Unknown keys are refused, nothing is coerced, keys are camelCase, values are frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel, defer_build=True)


class Accepting(Model):
    """A file that may accept warnings about it."""

    accept: dict[WarningCode, Reason] = Field(
        {}, max_length=len(ACCEPTABLE), description="Warnings about this file that are meant so, each with the reason.", examples=[{"GEN304": "nobody prices in this lane, see SHOP-12"}]
    )


class Port(Model):
    """A port of a service; the Kubernetes Service and the routes are emitted from it."""

    name: Label = Field(max_length=15, description="Name of the port, also in the workload's base.", examples=["http"])
    port: int = Field(ge=1, le=65535, description="Port that clients dial.", examples=[8080])
    protocol: Literal["http", "http2", "grpc", "tcp", "rpc"] = Field(
        description="Always declared, never sniffed. `rpc` is a private protocol carried in HTTP/2 or gRPC."
    )
    carrier: Literal["grpc", "http2"] | None = Field(None, description="For `rpc`: what carries it.")
    target_port: int | None = Field(None, ge=1, le=65535, description="Port of the container, if it differs. Never with `rpc`.")

    @model_validator(mode="after")
    def _carrier_with_rpc(self) -> Port:
        if (self.protocol == "rpc") != (self.carrier is not None):
            raise PydanticCustomError("carrier", "`carrier: grpc` or `carrier: http2` goes with `protocol: rpc`, and only with it")
        return self


class Entry(Model):
    """A way in from the ingress."""

    prefix: Prefix = Field(description="Requests to an environment's hosts whose path starts with it.", examples=["/checkout"])
    port: Label | None = Field(None, description="Name of the port; the first that is not tcp if left out.")


class Service(Accepting):
    """A backend of the catalogue: `environments/services/**/<service>.yaml`."""

    image: ImageText = Field(description="Image without tag; the base's container uses the same.")
    ports: Many[Port] = Field(min_length=1, description="Ports of the Kubernetes Service, which gen emits.")
    calls: Many[ServiceName] = Field((), description="Services that it calls; scopes sidecars, policies and the lints.")
    forwards_colour: bool = Field(True, description="Whether it copies the colour from a request to the calls that it makes for it.")
    entry: Many[Entry] = Field((), description="Reachable from the ingress under these prefixes.")
    names: Many[PrivateName] = Field((), description="Its names in the private name service.", examples=[["trpc.shop.inventory"]])
    listens: Literal["all", "podIP", "localhost"] = Field("all", description="Address that the application binds.")
    publishes: Many[QueueName] = Field((), description="Message queues that it writes to.", examples=[["orders"]])
    consumes: Many[QueueName] = Field(
        (), description="Message queues that it reads. Each unit that runs it gets a consumer group of its own, and a table of whose messages are its.", examples=[["orders"]]
    )
    owner: Owner | None = Field(None, description="Who answers for it.")

    @cached_property
    def takes_colour(self) -> bool:
        """Whether requests to it have headers: raw TCP has none."""
        return any(port.protocol != "tcp" for port in self.ports)


class Run(Model):
    """One version of a service in a unit: a tag or a digest, and what differs from the base."""

    tag: TagText | None = Field(None, description="Image tag. Quote it if it looks like a number.", examples=["v1.4.2"])
    digest: DigestText | None = Field(None, description="Image digest instead of, or beside, a tag.")
    replicas: int | None = Field(None, ge=0, le=10000, description="Replicas, if not the base's.")
    components: Many[Label] = Field((), description="Kustomize components of overlays/components to switch on.")
    env: dict[Variable, str] = Field({}, max_length=MOST, description="Environment variables of the container, as strings.")
    draining: bool = Field(False, description="It still runs, and no lane leads to it any longer: the step before it is taken away.")

    @model_validator(mode="after")
    def _has_version(self) -> Run:
        if self.tag is None and self.digest is None:
            raise PydanticCustomError("version", "needs a `tag` or a `digest`: without one nobody can say what runs")
        return self


Runs = Annotated[dict[ServiceName, Run], Field(max_length=MOST)]
Quota = Annotated[dict[Resource, Quantity], Field(max_length=MOST, examples=[{"pods": 200, "requests.cpu": "40", "limits.memory": "80Gi"}])]


class Request(Model):
    """A request of a smoke test."""

    service: ServiceName = Field(description="Service that is asked.")
    port: Label | None = Field(None, description="Name of the port; the first that is not tcp if left out.")
    path: Prefix = Field("/", description="Path that is asked for.", examples=["/healthz"])
    status: int = Field(200, ge=100, le=599, description="Status that the answer must have.")


class Smoke(Model):
    """A smoke test: requests, or an image that asks by itself. It runs in the lane of its unit, once that is deployed."""

    requests: Many[Request] = Field((), description="Requests, each with the status expected.")
    image: FullImage | None = Field(None, description="Image that tests; exit code 0 says that all is well.")
    command: Many[Visible] = Field((), description="Command of the image.", examples=[["e2e", "--once"]])
    calls: Many[ServiceName] = Field((), description="Services that the image calls.")

    @model_validator(mode="after")
    def _one_kind(self) -> Smoke:
        if bool(self.requests) == (self.image is not None) or self.image is None and (self.command or self.calls):
            raise PydanticCustomError("one", "a smoke test has either `requests`, or an `image` with its `command` and whom it `calls`")
        return self


class Takes(Model):
    """Where an environment's versions come from."""

    source: Label = Field(alias="from", description="Environment that `gen promote` may take versions from.")
    tested: bool = Field(False, description="Whether `gen promote` must be shown that they passed that environment's smoke tests.")


Tests = dict[Annotated[Label, Field(max_length=20)], Smoke]


class Environment(Accepting):
    """An environment: `environments/<environment>/environment.yaml`."""

    namespace: Label | None = Field(None, description="Namespace; `<platform name>-<environment>` if left out.")
    hosts: Many[Host] = Field((), description="Host names at the ingress.")
    extends: Label | None = Field(None, description="Environment that answers for what this one does not run.")
    runs: Runs = Field({}, description="Versions that it runs itself: its baseline.")
    expires: Date | None = Field(None, description="Last day of its life.")
    owner: Owner | None = Field(None, description="Who answers for it.")
    quota: Quota | None = Field(None, description="What its namespace may use, instead of the platform's `namespaces.quota`.")
    trust_colour: bool = Field(False, description="Whether a colour sent from outside to its hosts is believed.")
    tests: Tests = Field({}, description="Smoke tests of its own versions.")
    takes: Takes | None = Field(None, description="Where its versions come from, for `gen promote`.", examples=[{"from": "test", "tested": True}])


class Branch(Accepting):
    """Versions of one git branch beside an environment's own: `environments/<environment>/branches/**/<branch>.yaml`."""

    owner: Owner | None = Field(None, description="Who answers for it.")
    expires: Date | None = Field(None, description="Last day of its life.")
    hosts: Many[Host] = Field((), description="Host names at the ingress whose requests take the branch's lane, unless a tenant's rule says otherwise.")
    runs: Runs = Field(min_length=1, description="Versions that the branch changes or adds.")
    tests: Tests = Field({}, description="Smoke tests, in the branch's lane.")


class LaneSpec(Model):
    """A way through the services."""

    through: Many[UnitName] = Field(min_length=1, description="Units, like a search path: the first that runs a service answers.")
    pin: dict[ServiceName, UnitName] = Field({}, max_length=MOST, description="Services answered by a fixed unit, whatever `through` says.")
    isolation: Literal["shared", "strict"] = Field("shared", description="`strict` never leaves its own units: 503 instead.")


class Lane(LaneSpec, Accepting):
    """A named lane: `environments/lanes/**/<lane>.yaml`."""

    owner: Owner | None = Field(None, description="Who answers for it.")


def _lane_form(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "weighted"
    return "inline" if isinstance(value, dict | LaneSpec) else "name"


SomeLane = Annotated[Annotated[LaneName, Tag("name")] | Annotated[LaneSpec, Tag("inline")], Discriminator(_lane_form)]


class Weighted(Model):
    """A share of a tenant's requests."""

    lane: SomeLane = Field(description="A unit, a named lane, or one written in place.")
    weight: int = Field(ge=0, le=1000, description="Share, relative to the sum of all.", examples=[10])


TenantLane = Annotated[
    Annotated[LaneName, Tag("name")]
    | Annotated[LaneSpec, Tag("inline")]
    | Annotated[Many[Weighted], Field(min_length=1), Tag("weighted")],
    Discriminator(_lane_form),
]


class Match(Model):
    """One rule by which a request is known to be the tenant's: exactly one kind, one name, one value."""

    claim: dict[ClaimName, Visible] | None = Field(None, min_length=1, max_length=1, description="Claim of a verified token.")
    header: dict[HeaderName, Visible] | None = Field(None, min_length=1, max_length=1, description="Request header.")
    cookie: dict[CookieName, CookieValue] | None = Field(None, min_length=1, max_length=1, description="Cookie.")
    host: Host | None = Field(None, description="Host name at the ingress.")

    @model_validator(mode="after")
    def _one_kind(self) -> Match:
        if len(self.model_fields_set) != 1 or any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("one", "a rule has exactly one of claim, header, cookie and host; write two rules for either")
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

    claim: ClaimName | None = Field(None, description="Claim of a verified token.", examples=["sub"])
    header: HeaderName | None = Field(None, description="Request header.")
    cookie: CookieName | None = Field(None, description="Cookie.", examples=["session"])

    @model_validator(mode="after")
    def _one_kind(self) -> Sticky:
        if len(self.model_fields_set) != 1 or any(getattr(self, name) is None for name in self.model_fields_set):
            raise PydanticCustomError("one", "exactly one of claim, header and cookie tells users apart")
        return self

    @property
    def told(self) -> tuple[str, str]:
        """(kind, name)."""
        return next((kind, name) for kind in ("claim", "header", "cookie") if (name := getattr(self, kind)))


class Tenant(Accepting):
    """A tenant: `environments/tenants/**/<tenant>.yaml`."""

    match: Many[Match] = Field(min_length=1, description="Rules; a request that fits any of them is the tenant's.")
    lane: TenantLane = Field(description="A unit, a named lane, a lane in place, or a weighted list of them.")
    sticky: Sticky | None = Field(None, description="With weights: the same user gets the same lane each time; without it each request chooses anew.", examples=[{"cookie": "session"}])
    expect: dict[ServiceName, UnitName] = Field({}, max_length=MOST, description="Units that must answer, checked by validate like a unit test.")
    owner: Owner | None = Field(None, description="Who answers for it.")

    @model_validator(mode="after")
    def _sticky_with_weights(self) -> Tenant:
        if self.sticky is not None and not isinstance(self.lane, tuple):
            raise PydanticCustomError("sticky", "`sticky` goes with a weighted `lane`: a list of {lane, weight}")
        return self


class Cluster(Model):
    """The cluster that Argo CD deploys to."""

    server: Url = Field("https://kubernetes.default.svc", description="API server, as Argo CD knows it.")
    domain: Host = Field("cluster.local", description="DNS domain of the cluster.")


class PrivateNames(Model):
    """How calls by a private name are told apart: the private name service hands out Pod addresses, which no route knows."""

    by: Literal["authority", "calleeHeader", "vhostHeader", "port"] = Field(
        "authority",
        description="`authority`: clients send the name as authority (Host). `calleeHeader`: they send it in a header, which a Lua filter reads. "
        "`vhostHeader`: the same without Lua, from Istio 1.29 on. `port`: they send neither; each such port belongs to one service only.",
    )
    header: HeaderName = Field("x-callee", description="Header with the name, for `calleeHeader` and `vhostHeader`.")


class Mesh(Model):
    """The Istio installation."""

    istio: _text(r"1\.[0-9]{1,3}", "an Istio version such as \"1.27\"") = Field("1.27", description="Oldest Istio in use; quote it.")  # type: ignore[valid-type]
    root_namespace: Label = Field("istio-system", description="Root namespace of the mesh.")
    revision: Label | None = Field(None, description="Control plane revision; without it the default injector is used.")
    header: HeaderName = Field("x-lane", description="Header that carries the colour.")
    propagation: Literal["header", "baggage"] = Field(
        "header",
        description="How applications pass the colour on. `header`: they copy the header. `baggage`: they forward W3C baggage, as OpenTelemetry does "
        "without code; its member named as the header carries the colour, and sidecars read and write it.",
    )
    private_names: PrivateNames = Field(PrivateNames.model_construct(), description="Calls by private names.")
    mtls: Literal["strict", "disabled"] = Field(
        "strict", description="`disabled` gives up identities, and with them the AuthorizationPolicies."
    )


_SECRET = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}  # members of a JSON web key that must never be shown


def _is_key_set(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and isinstance(value.get("keys"), list)


class Jwt(Model):
    """An issuer whose tokens are verified at the ingress."""

    issuer: Visible = Field(description="Value of `iss`.")
    jwks: str | None = Field(None, max_length=20000, description="Key set in place, as JSON.")
    jwks_uri: Url | None = Field(None, description="Where the key set is fetched.")
    audiences: Many[Visible] = Field((), description="Accepted values of `aud`; any if empty.")

    @model_validator(mode="after")
    def _one_key_set(self) -> Jwt:
        if (self.jwks is None) == (self.jwks_uri is None):
            raise PydanticCustomError("jwks", "needs exactly one of `jwks` and `jwksUri`")
        if self.jwks is not None and not _is_key_set(self.jwks):
            raise PydanticCustomError("jwks", "`jwks` is no JSON object with a list of `keys`")
        if self.jwks is not None and any(isinstance(key, dict) and _SECRET & key.keys() for key in json.loads(self.jwks)["keys"]):
            raise PydanticCustomError("jwks", "`jwks` holds a secret key, which everybody who reads the repository could sign with; give the public half alone")
        return self


class Tls(Model):
    """TLS at the ingress."""

    credential: Label = Field(description="Secret with the certificate, in the ingress namespace.")


class Container(Model):
    """What a container may use: processor time and memory."""

    cpu: Quantity | None = Field(None, description="Processor time.", examples=["500m"])
    memory: Quantity | None = Field(None, description="Memory.", examples=["512Mi"])


class Limits(Model):
    """Limits of containers that say none themselves: a LimitRange."""

    default: Container = Field(Container.model_construct(), description="Limits.")
    default_request: Container = Field(Container.model_construct(), description="Requests.")


class Namespaces(Model):
    """What every environment's namespace gets."""

    network_policies: Literal["ingress", "both", "none"] = Field(
        "ingress",
        description="`ingress`: pods take connections from those that some lane lets call them, and from nobody else. `both`: they also open none but to "
        "DNS, the control plane and the namespaces that their calls can end in. `none`: identities alone decide.",
    )
    observers: Many[Label] = Field((), description="Namespaces that may read the sidecars' metrics (ports 15020 and 15090).", examples=[["monitoring"]])
    reaches: Many[Label] = Field((), description="With `both`: more namespaces that pods may open connections to, those of brokers and databases.", examples=[["kafka"]])
    pod_security: Literal["privileged", "baseline", "restricted"] | None = Field(
        None, description="Pod Security level that the namespace enforces; `baseline` and `restricted` need the Istio CNI plugin."
    )
    quota: Quota = Field({}, description="ResourceQuota of each namespace.")
    limits: Limits | None = Field(None, description="LimitRange of each namespace.")


class Ingress(Model):
    """The gateway through which requests come in."""

    namespace: Label = Field("istio-ingress", description="Namespace of the gateway's pods.")
    service_account: Label = Field("istio-ingress", description="Identity of the gateway's pods.")
    selector: dict[LabelKey, LabelValue] = Field({"istio": "ingress"}, min_length=1, description="Labels of the gateway's pods.")
    port: int = Field(80, ge=1, le=65535, description="Port of the gateway.")
    tls: Tls | None = Field(None, description="Terminate TLS with this certificate.")
    jwt: Many[Jwt] = Field((), description="Issuers of tokens whose claims tell tenants.")


class ArgoCD(Model):
    """Where Argo CD runs and what it reads."""

    namespace: Label = Field("argocd", description="Namespace of Argo CD.")
    repository: Url = Field(description="Repository with the output branch, as Argo CD reads it.")
    branch: GitBranch = Field("deploy", description="The output branch.")


class Guards(Model):
    """What publishing refuses without a word from a person."""

    deletions: int = Field(30, ge=0, le=100, description="Percent that one publish may delete: of gen's files on the output branch, of the applications, of an environment's own services, of the tenants.")
    errors: Many[WarningCode] = Field((), description="Warnings that are errors in this repository: nothing is built or published with one that no file accepts.", examples=[["GEN304"]])
    source: GitBranch | None = Field(None, description="Branch of the remote that is published from; a commit that is not on it is refused.", examples=["main"])


class TestRunner(Model):
    """What sends the requests of smoke tests."""

    image: FullImage = Field("docker.io/curlimages/curl:8.16.0", description="Image with `sh` and `curl`.")


class Platform(Model):
    """The one `environments/platform.yaml`."""

    name: Label = Field(description="Name of the whole; label part-of and the default namespaces.", examples=["shop"])
    cluster: Cluster = Field(Cluster.model_construct(), description="The cluster.")
    mesh: Mesh = Field(Mesh.model_construct(), description="The mesh.")
    ingress: Ingress = Field(Ingress.model_construct(), description="The ingress.")
    namespaces: Namespaces = Field(Namespaces.model_construct(), description="The environments' namespaces.")
    argocd: ArgoCD = Field(description="Argo CD.")
    guards: Guards = Field(Guards.model_construct(), description="Guards of `gen publish`.")
    tests: TestRunner = Field(TestRunner.model_construct(), description="What smoke tests run with.")


KINDS: dict[str, type[Model]] = {
    "platform": Platform,
    "service": Service,
    "environment": Environment,
    "branch": Branch,
    "lane": Lane,
    "tenant": Tenant,
}

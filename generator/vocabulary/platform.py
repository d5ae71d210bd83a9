"""The input model of the one `environments/platform.yaml`: the installation that all else stands on
(DESIGN §2)."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary import curve
from generator.vocabulary.fields import (
    MOST,
    ClaimName,
    CookieName,
    FieldPath,
    Fits,
    FullImage,
    GitBranch,
    Handle,
    HeaderName,
    Host,
    HostSuffix,
    IstioVersion,
    KindName,
    Label,
    LabelKey,
    LabelValue,
    LaneName,
    Many,
    Model,
    Owner,
    Quantity,
    Quota,
    RegistryText,
    ServiceName,
    Url,
    Visible,
    WarningCode,
)
from generator.vocabulary.publishing import Publish
from generator.vocabulary.seen import Telemetry


class Cluster(Model):
    """The cluster that Argo CD deploys to."""

    server: Url = Field(
        "https://kubernetes.default.svc", description="API server, as Argo CD knows it."
    )
    domain: Host = Field("cluster.local", description="DNS domain of the cluster.")
    kubernetes: Literal[
        "1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"
    ] = Field("1.36", description="Version whose schemas manifests must pass; quote it.")


class PrivateNames(Model):
    """How calls by a private name are told apart: they go to Pod addresses that no route knows."""

    by: Literal["authority", "calleeHeader", "vhostHeader", "port"] = Field(
        "authority",
        description="`authority`: clients send the name as authority (Host). `calleeHeader`: they "
        "send it in a header, which a Lua filter reads. `vhostHeader`: the same without Lua, from "
        "Istio 1.29 on. `port`: they send neither; each such port belongs to one service only.",
    )
    header: HeaderName = Field(
        "x-callee", description="Header with the name, for `calleeHeader` and `vhostHeader`."
    )


class Mesh(Model):
    """The Istio installation."""

    istio: IstioVersion = Field("1.27", description="Oldest Istio in use; quote it.")
    root_namespace: Label = Field("istio-system", description="Root namespace of the mesh.")
    revision: Label | None = Field(
        None, description="Control plane revision; without it the default injector is used."
    )
    header: HeaderName = Field("x-lane", description="Header that carries the colour.")
    propagation: Literal["header", "baggage"] = Field(
        "header",
        description="How applications pass the colour on. `header`: they copy the header. "
        "`baggage`: they forward W3C baggage, as OpenTelemetry does without code; its member "
        "named as the header carries the colour, and sidecars read and write it.",
    )
    private_names: PrivateNames = Field(
        PrivateNames.model_construct(), description="Calls by private names."
    )
    mtls: Literal["strict", "disabled"] = Field(
        "strict",
        description="`disabled` gives up identities, and with them the AuthorizationPolicies.",
    )


_SECRET = {
    "d",
    "p",
    "q",
    "dp",
    "dq",
    "qi",
    "oth",
    "k",
}  # members of a JSON web key that must never be shown


def _is_key_set(text: str) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and isinstance(value.get("keys"), list)


class Jwt(Model):
    """An issuer whose tokens are verified at the ingress."""

    issuer: Visible = Field(description="Value of `iss`.")
    audiences: Many[Visible] = Field((), description="Accepted values of `aud`; any if empty.")
    jwks: str | None = Field(None, max_length=20000, description="Key set in place, as JSON.")
    jwks_uri: Url | None = Field(None, description="Where the key set is fetched.")

    @model_validator(mode="after")
    def _one_key_set(self) -> Jwt:
        if (self.jwks is None) == (self.jwks_uri is None):
            raise PydanticCustomError("jwks", "needs exactly one of `jwks` and `jwksUri`")
        if self.jwks is not None and not _is_key_set(self.jwks):
            raise PydanticCustomError("jwks", "`jwks` is not a JSON object with a list of `keys`")
        if self.jwks is not None and any(
            isinstance(key, dict) and _SECRET & key.keys() for key in json.loads(self.jwks)["keys"]
        ):
            raise PydanticCustomError(
                "jwks",
                "`jwks` holds a secret key, which everybody who reads the repository could sign "
                "with; give the public half alone",
            )
        return self


def _public(text: str) -> str:
    if "PRIVATE" in text:
        raise PydanticCustomError("key", "is a private key; give the public half alone")
    if curve.public(text) is None:
        raise PydanticCustomError(
            "key", "is not a public key on P-256 as one line of base64, which begins with MFkw"
        )
    return text


PublicKey = Annotated[
    str,
    AfterValidator(_public),
    Field(
        json_schema_extra={"pattern": "^MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE[A-Za-z0-9+/]{86}==$"}
    ),
]


class Links(Model):
    """Links into lanes (`gen link`): the edge verifies them, and remembers them in a cookie."""

    keys: Annotated[tuple[PublicKey, ...], Strict(False)] = Field(
        min_length=1,
        max_length=8,
        description="Public keys on P-256, whose private halves sign links; each as one line of "
        "base64, of what `openssl pkey -pubout -outform DER` prints.",
    )
    lanes: dict[Label, Many[LaneName]] = Field(
        min_length=1,
        max_length=MOST,
        description="By environment, what links at its hosts may lead into: lanes, or environments"
        " with all their branches.",
        examples=[{"test": ["test", "payments-trial"]}],
    )
    longest: Annotated[
        str, Fits(r"[1-9][0-9]{0,2}m|[1-9][0-9]?h", "a duration, such as 45m or 8h")
    ] = Field("8h", description="How long a link may hold.")


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
        description="`ingress`: pods take connections from those that some lane lets call them, "
        "and from nobody else. `both`: they also open none but to DNS, the control plane and the "
        "namespaces that their calls can end in. `none`: identities alone decide.",
    )
    observers: Many[Label] = Field(
        (),
        description="Namespaces that may read the sidecars' metrics (ports 15020 and 15090).",
        examples=[["monitoring"]],
    )
    reaches: Many[Label] = Field(
        (),
        description="With `both`: more namespaces that pods may open connections to, those of "
        "brokers and databases.",
        examples=[["kafka"]],
    )
    pod_security: Literal["privileged", "baseline", "restricted"] | None = Field(
        None,
        description="Pod Security level that the namespace enforces; `baseline` and `restricted` "
        "need the Istio CNI plugin.",
    )
    quota: Quota = Field({}, description="ResourceQuota of each namespace.")
    limits: Limits | None = Field(None, description="LimitRange of each namespace.")


class Bases(Model):
    """What hand-written bases and components may bring beyond what is safe everywhere."""

    kinds: dict[KindName, Literal["everywhere", "baseline"]] = Field(
        {},
        max_length=MOST,
        description="Kinds beyond the safe ones, as `group/Kind`: `everywhere`, or in a `baseline` "
        "alone, which branches leave out; where it is a safe kind, a branch is refused.",
        examples=[{"networking.k8s.io/Ingress": "baseline"}],
    )
    references: dict[KindName, dict[FieldPath, KindName]] = Field(
        {},
        max_length=MOST,
        description="Fields of kinds beyond Kubernetes' own that hold the name of another object, "
        "and of which kind: in a branch it gets the branch's suffix.",
        examples=[{"example.com/Queue": {"spec/credentials/name": "Secret"}}],
    )
    privileged: Many[ServiceName] = Field(
        (),
        description="Services whose pods may reach the node: privileged containers, host "
        "namespaces, paths and ports.",
        examples=[["node-agent"]],
    )


class Ingress(Model):
    """The gateway through which requests come in."""

    namespace: Label = Field("istio-ingress", description="Namespace of the gateway's pods.")
    service_account: Label = Field("istio-ingress", description="Identity of the gateway's pods.")
    selector: dict[LabelKey, LabelValue] = Field(
        {"istio": "ingress"}, min_length=1, description="Labels of the gateway's pods."
    )
    port: int = Field(80, ge=1, le=65535, description="Port of the gateway.")
    tls: Tls | None = Field(None, description="Terminate TLS with this certificate.")
    jwt: Many[Jwt] = Field((), description="Issuers of tokens whose claims tell tenants.")
    links: Links | None = Field(
        None, description="Links by which a browser comes into a lane; without it there are none."
    )


class ArgoCD(Model):
    """Where Argo CD runs and what it reads."""

    namespace: Label = Field("argocd", description="Namespace of Argo CD.")
    repository: Url = Field(description="Repository with the output branch, as Argo CD reads it.")
    branch: GitBranch = Field("deploy", description="The output branch.")
    shared: bool = Field(
        False,
        description="Whether another platform uses this Argo CD too: "
        "Applications then carry the platform's name.",
    )
    signatures: Literal["signatureKeys", "sourceIntegrity"] = Field(
        "signatureKeys",
        description="How AppProjects demand `publish.keys`: `signatureKeys`, which Argo CD 3.5 "
        "deprecates, or `sourceIntegrity`, which those before 3.5 do not know.",
    )


class Guards(Model):
    """What publishing refuses without a word from a person."""

    deletions: int = Field(
        30,
        ge=0,
        le=100,
        description="Percent that one publish may delete: of gen's files on the output branch, of "
        "the applications, of an environment's own services, of the tenants.",
    )
    errors: Many[WarningCode] = Field(
        (),
        description="Warnings that are errors in this repository: nothing is built or published "
        "with one that no file accepts.",
        examples=[["GEN304"]],
    )
    source: GitBranch | None = Field(
        None,
        description="Branch of the remote that is published from; a commit that is not on it is "
        "refused.",
        examples=["main"],
    )


class Telling(Model):
    """What may tell tenants; all else is refused."""

    claims: Many[ClaimName] = Field(
        (), description="Claims of verified tokens.", examples=[["tenant"]]
    )
    headers: Many[HeaderName] = Field((), description="Headers.", examples=[["x-tenant"]])
    cookies: Many[CookieName] = Field((), description="Cookies.", examples=[["shop-lane"]])
    hosts: Many[HostSuffix] = Field(
        (),
        description="Hosts, or what they end with, after a dot.",
        examples=[[".shop.example.com"]],
    )


class Tenants(Model):
    """Whose word tells tenants."""

    by: Telling | None = Field(
        None,
        description="What tenants' rules may look at. Without it: all but what requests of all "
        "tenants carry, such as the claim `iss`, the header `accept` or an environment's own host.",
    )


class TestRunner(Model):
    """What sends the requests of smoke tests."""

    image: FullImage = Field(
        "docker.io/curlimages/curl:8.16.0", description="Image with `sh` and `curl`."
    )


class Platform(Model):
    """The one `environments/platform.yaml`."""

    name: Label = Field(
        description="Name of the whole; label part-of and the default namespaces.",
        examples=["shop"],
    )
    cluster: Cluster = Field(Cluster.model_construct(), description="The cluster.")
    mesh: Mesh = Field(Mesh.model_construct(), description="The mesh.")
    ingress: Ingress = Field(Ingress.model_construct(), description="The ingress.")
    namespaces: Namespaces = Field(
        Namespaces.model_construct(), description="The environments' namespaces."
    )
    bases: Bases = Field(
        Bases.model_construct(), description="What bases and components may bring."
    )
    telemetry: Telemetry | None = Field(
        None,
        description="By what lanes are seen, in environments and at the ingress. To end it, "
        "publish `telemetry: {}` before the key goes: Argo CD may still delete what was there.",
    )
    registries: Many[RegistryText] = Field(
        (),
        description="Where images of versions may come from that are not the service's own "
        "(`image` in `runs`), and, if any is listed, those of smoke tests: registries, or folders "
        "of one.",
        examples=[["registry.example.com", "ghcr.io/shop"]],
    )
    argocd: ArgoCD = Field(description="Argo CD.")
    publish: Publish = Field(Publish.model_construct(), description="Commits on the output branch.")
    guards: Guards = Field(Guards.model_construct(), description="Guards of `gen publish`.")
    teams: dict[Owner, Many[Handle]] = Field(
        {},
        max_length=MOST,
        description="Owners, and who they are at the forge: for `gen owners`.",
        examples=[{"accounts": ["@shop/accounts"]}],
    )
    tenants: Tenants = Field(Tenants.model_construct(), description="Tenants.")
    tests: TestRunner = Field(
        TestRunner.model_construct(), description="What smoke tests run with."
    )

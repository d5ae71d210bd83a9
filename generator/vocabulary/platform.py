"""The input model of the one `environments/platform.yaml`: the installation that all else stands on
(DESIGN §2)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary.clusters import Cluster, ClusterName, Named, Plane, Routes
from generator.vocabulary.fields import (
    MOST,
    Addressed,
    ClaimName,
    CookieName,
    FieldPath,
    FullImage,
    GitBranch,
    Handle,
    HeaderName,
    HostSuffix,
    IstioVersion,
    KindName,
    Label,
    Many,
    Model,
    Owner,
    Quantity,
    Quota,
    RegistryText,
    ServiceName,
    WarningCode,
)
from generator.vocabulary.ingress import MADE, Ingress
from generator.vocabulary.publishing import ArgoCD, Publish
from generator.vocabulary.seen import Telemetry


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
    plane: Plane = Field(
        "sidecar",
        description="What carries requests. `sidecar`: a proxy in each pod. `ambient`: a waypoint "
        "for each environment, from Istio 1.31 on.",
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
    across: Literal["refuse", "allow"] = Field(
        "refuse",
        description="Whether an environment may fall back, by `extends`, to one in another cluster "
        "of its mesh. Lanes lead there wherever they name a unit.",
    )
    routes: Routes = Field(
        "virtualService",
        description="How routes are written. `virtualService`: as VirtualServices of Istio. "
        "`gateway`: as HTTPRoutes and TCPRoutes of the Gateway API, on the Services. Hosts are as "
        "`ingress.kind` says.",
    )
    mtls: Literal["strict", "disabled"] = Field(
        "strict",
        description="`disabled` gives up identities, and with them the AuthorizationPolicies.",
    )
    addresses: Many[Addressed] = Field(
        (),
        description="Environments whose names the pods of every service dial beside those of their "
        "own; `*` for all. Each sidecar then knows what it calls in each of them.",
        examples=[["*"]],
    )


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
    clusters: dict[ClusterName, Named] = Field(
        {},
        max_length=MOST,
        description="More clusters by name, each with a mesh of its own unless it says `mesh`.",
        examples=[{"eu": {"server": "https://eu.example.com:6443"}}],
    )
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

    @model_validator(mode="after")
    def _doors_as_the_ingress(self) -> Platform:
        doors = (named.ingress for named in self.clusters.values())
        said = any(door.selector or door.service_account for door in doors)
        if said and self.ingress.kind == "gateway":
            raise PydanticCustomError("made", MADE)
        return self

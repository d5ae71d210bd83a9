"""The input model of where environments run: the cluster that every platform has, and more of them
by name."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary import names
from generator.vocabulary.fields import (
    Cidr,
    Fits,
    Host,
    IstioVersion,
    Label,
    LabelKey,
    LabelValue,
    Many,
    Model,
    Url,
)

ClusterName = Annotated[
    Label, Fits(names.CLUSTER, "a name of a cluster: a DNS label other than lock and own")
]
TrustDomain = Annotated[
    str,
    Fits(names.TRUST_DOMAIN, "a trust domain, such as eu.example.com"),
]


class EastWest(Model):
    """The gateway by which requests of other networks come in."""

    namespace: Label = Field("istio-system", description="Namespace of its pods.")
    selector: dict[LabelKey, LabelValue] = Field(
        {"istio": "eastwestgateway"}, min_length=1, description="Labels of its pods."
    )


class Meshed(Model):
    """How a cluster is a part of a mesh."""

    mesh: Label | None = Field(
        None,
        description="Mesh that it shares with the other clusters that say the same; without it one "
        "of its own.",
    )
    network: Label | None = Field(
        None,
        description="Istio's name of its network. Clusters of one network reach each other's pods, "
        "all others each other's gateways; without it all are in one.",
    )
    pod_ranges: Many[Cidr] = Field(
        (),
        description="Addresses of its pods, which NetworkPolicies of other clusters of its network "
        "let in.",
        examples=[["10.244.0.0/16"]],
    )
    east_west: EastWest = Field(
        EastWest.model_construct(), description="Its gateway, where the mesh has several networks."
    )


Plane = Literal["sidecar", "ambient"]
Routes = Literal["virtualService", "gateway"]
Kubernetes = Literal["1.28", "1.29", "1.30", "1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"]


class Cluster(Meshed):
    """The cluster that Argo CD deploys to."""

    server: Url = Field(
        "https://kubernetes.default.svc", description="API server, as Argo CD knows it."
    )
    domain: Host = Field("cluster.local", description="DNS domain of the cluster.")
    trust_domain: TrustDomain = Field(
        "cluster.local",
        description="Trust domain of its pods' identities, as `trustDomain` of its MeshConfig says "
        "it. Sidecars read `cluster.local` as their own, whatever its name.",
    )
    kubernetes: Kubernetes = Field(
        "1.36", description="Version whose schemas manifests must pass; quote it."
    )


class Tls(Model):
    """TLS at the ingress."""

    credential: Label = Field(description="Secret with the certificate, in the ingress namespace.")


class Door(Model):
    """What differs of a cluster's ingress; the rest is the platform's."""

    namespace: Label | None = Field(None, description="Namespace of the gateway's pods.")
    service_account: Label | None = Field(None, description="Identity of the gateway's pods.")
    selector: dict[LabelKey, LabelValue] | None = Field(
        None, min_length=1, description="Labels of the gateway's pods."
    )
    port: int | None = Field(None, ge=1, le=65535, description="Port of the gateway.")
    tls: Tls | None = Field(None, description="Terminate TLS with this certificate.")


class Named(Meshed):
    """A cluster beside the platform's own."""

    name: Label | None = Field(
        None, description="Its name in Argo CD; that of the key if left out."
    )
    server: Url | None = Field(
        None, description="API server, as Argo CD knows it, instead of a name."
    )
    domain: Host | None = Field(
        None, description="DNS domain of the cluster; that of `cluster` if left out."
    )
    trust_domain: TrustDomain | None = Field(
        None,
        description="Trust domain of the identities of its pods; that of `cluster` if left out.",
    )
    kubernetes: Kubernetes | None = Field(
        None,
        description="Version whose schemas manifests must pass that go there; that of `cluster` if "
        "left out. Quote it.",
    )
    revision: Label | None = Field(
        None, description="Control plane revision; that of `mesh` if left out."
    )
    istio: IstioVersion | None = Field(
        None, description="Oldest Istio in use there; that of `mesh` if left out. Quote it."
    )
    plane: Plane | None = Field(
        None, description="What carries requests there; that of `mesh` if left out."
    )
    routes: Routes | None = Field(
        None, description="How routes are written there; as `mesh` says if left out."
    )
    ingress: Door = Field(Door.model_construct(), description="What differs of its ingress.")

    @model_validator(mode="after")
    def _one_destination(self) -> Named:
        if self.name is not None and self.server is not None:
            raise PydanticCustomError(
                "destination",
                "has both `name` and `server`: Argo CD takes one of them as a destination",
            )
        return self

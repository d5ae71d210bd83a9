"""The input model of the one `environments/platform.yaml`: the installation that all else stands on (DESIGN §2)."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary.fields import FullImage, GitBranch, HeaderName, Host, Label, LabelKey, LabelValue, Many, Model, Quantity, Quota, Url, Visible, WarningCode, text


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

    istio: text(r"1\.[0-9]{1,3}", "an Istio version such as \"1.27\"") = Field("1.27", description="Oldest Istio in use; quote it.")  # type: ignore[valid-type]
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

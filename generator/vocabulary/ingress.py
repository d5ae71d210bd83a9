"""The input model of the ingress: its gateway, whose tokens it believes, and links into lanes."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary import curve
from generator.vocabulary.clusters import Tls
from generator.vocabulary.fields import (
    MOST,
    Fits,
    Label,
    LabelKey,
    LabelValue,
    LaneName,
    Many,
    Model,
    Url,
    Visible,
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


MADE = "Istio names the pods and the account of a `kind: gateway`: leave out what says them"


class Ingress(Model):
    """The gateway through which requests come in."""

    kind: Literal["istio", "gateway"] = Field(
        "istio",
        description="What it is. `istio`: pods that you run, for which gen writes a Gateway of "
        "Istio. `gateway`: a Gateway of the Gateway API, by whose name Istio makes the pods and "
        "their account, so that `selector` and `serviceAccount` are not said.",
    )
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

    @model_validator(mode="after")
    def _made_by_istio(self) -> Ingress:
        if self.kind == "gateway" and {"selector", "service_account"} & self.model_fields_set:
            raise PydanticCustomError("made", MADE)
        return self

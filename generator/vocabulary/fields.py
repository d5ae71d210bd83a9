"""What the fields of the input may hold: kinds of text, and what all models have in common."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from generator.vocabulary import names
from generator.vocabulary.findings import ACCEPTABLE


@dataclass(frozen=True, slots=True)
class Fits:
    """Of a text: it fits a pattern as a whole; what does not "is not" `what`."""

    pattern: str
    what: str

    def check(self, value: str) -> str:
        if not names.matches(self.pattern, value):
            raise PydanticCustomError("pattern", "is not {what}", {"what": self.what})
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"pattern": f"^(?:{self.pattern})$"}


def _date(value: object) -> object:
    if not isinstance(value, str) or not names.matches(names.DATE, value):
        raise PydanticCustomError("date", "is not a date such as 2027-01-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date", "is a date that no calendar has") from None


def _range(value: str) -> str:
    wrong = "is not a range of addresses such as 10.1.0.0/16 or fd00:1::/64"
    if "/" not in value:
        raise PydanticCustomError("cidr", wrong)
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise PydanticCustomError("cidr", wrong) from None
    return value


T = TypeVar("T")
MOST = 1000  # entries of one list or mapping: far beyond use, and little enough to check in no time
Many = Annotated[tuple[T, ...], Strict(False), Field(max_length=MOST)]  # a YAML list

Label = Annotated[
    str,
    Fits(
        names.DNS_LABEL, "a DNS label: a-z, 0-9 and '-', at most 63 characters, no '-' at the ends"
    ),
]
Addressed = Annotated[
    str, Fits(names.ADDRESSED, "the name of an environment, or `*` in quotes for all of them")
]
ServiceName = Annotated[
    str, Fits(names.SERVICE_LABEL, "a service name: a DNS label that starts with a letter")
]
Host = Annotated[str, Fits(names.HOST, "a host name in lower case, such as test.shop.example.com")]
HostSuffix = Annotated[
    str,
    Fits(rf"\.?{names.HOST}", "a host name in lower case, or a dot and what hosts end with"),
]
HostOrBelow = Annotated[
    str, Fits(names.WILDCARD, "a host name in lower case, or `*.` and one: *.db.example.com")
]
Cidr = Annotated[
    str,
    AfterValidator(_range),
    Field(json_schema_extra={"pattern": "^[0-9a-f.:]{2,45}/[0-9]{1,3}$"}),
]
UnitName = Annotated[str, Fits(names.UNIT, "a unit: an environment, or environment/branch")]
LaneName = Annotated[
    str, Fits(names.UNIT, "a lane: a unit (environment or environment/branch) or a named lane")
]
TagText = Annotated[
    str, Fits(names.TAG, "an image tag: letters, digits, '_', '.' and '-', at most 128 characters")
]
SourceText = Annotated[
    str, Fits(names.BUILT_FROM, "a commit and its time: 3f2c1a9@2027-01-31T10:00:00Z")
]
DigestText = Annotated[str, Fits(names.DIGEST, "a digest: sha256: and 64 hexadecimal digits")]
ImageText = Annotated[
    str,
    Fits(
        names.IMAGE, "an image name without tag or digest, such as registry.example.com/shop/cart"
    ),
]
RegistryText = Annotated[
    str,
    Fits(
        names.REGISTRY,
        "a registry, or a folder of one, such as registry.example.com or ghcr.io/shop",
    ),
]
FullImage = Annotated[
    str,
    Fits(
        names.FULL_IMAGE,
        "an image with a tag or a digest, such as registry.example.com/shop/e2e:v3",
    ),
]
PortName = Annotated[
    str,
    Fits(
        names.PORT_NAME,
        "a port's number, or the name that a container gives a port: at most 15 of a-z, 0-9 and "
        "'-', with a letter among them",
    ),
]
HeaderName = Annotated[str, Fits(names.HEADER, "a header name in lower case")]
ProviderName = Annotated[
    str, Fits(names.PROVIDER, "the name of an extension provider in the mesh's configuration")
]
CookieName = Annotated[str, Fits(names.COOKIE, "a cookie name")]
ClaimName = Annotated[str, Fits(names.CLAIM, "a claim name")]
Visible = Annotated[
    str, Fits(names.VISIBLE, "printable ASCII, at most 256 characters, without blanks at the ends")
]
CookieValue = Annotated[
    str,
    Fits(
        names.COOKIE_VALUE,
        "a cookie value: printable ASCII without blanks, quotes, ',', ';' and '\\'",
    ),
]
Person = Annotated[
    str, Fits(names.PERSON, 'a name and an address, such as "gen <gen@example.com>"')
]
KeyId = Annotated[str, Fits(names.KEY_ID, "a GPG key's id: 16 to 40 hexadecimal digits")]
FieldPath = Annotated[
    str,
    Fits(names.FIELD_PATH, "the way to a field, such as spec/secretName; lists are gone through"),
]
KindName = Annotated[
    str, Fits(names.KIND, "a kind such as networking.k8s.io/Ingress, or Kind of the core group")
]
LabelKey = Annotated[str, Fits(names.LABEL_KEY, "a label's key")]
AnnotationKey = Annotated[
    str,
    Fits(
        names.ANNOTATION_KEY,
        "an annotation's key; Kustomize takes none that looks like a number, a day, true or null",
    ),
]
LabelValue = Annotated[
    str, Fits(names.LABEL_VALUE, "a label's value: at most 63 letters, digits, '_', '.' and '-'")
]
Variable = Annotated[
    str,
    Fits(
        names.ENVIRONMENT_VARIABLE,
        "a name for an environment variable: letters, digits and '_', and none of gen's, `GEN_…`",
    ),
]
Prefix = Annotated[
    str,
    Fits(names.PREFIX, "a path prefix: '/' and then letters, digits, '_', '.', '~', '-' and '/'"),
]
PrivateName = Annotated[
    str, Fits(names.PRIVATE_NAME, "a private name: letters, digits, '.', '_' and '-'")
]
QueueName = Annotated[
    str, Fits(names.QUEUE, "a queue's name: letters, digits, '.', '_', '-', ':' and '/'")
]
Resource = Annotated[
    str, Fits(names.RESOURCE, "a resource that a quota can count, such as pods or requests.cpu")
]
Quantity = (
    Annotated[int, Field(ge=0, le=10**12)]
    | Annotated[str, Fits(names.QUANTITY, "a quantity, such as 500m or 2Gi")]
)
Quota = Annotated[
    dict[Resource, Quantity],
    Field(max_length=MOST, examples=[{"pods": 200, "requests.cpu": "40", "limits.memory": "80Gi"}]),
]
Url = Annotated[
    str,
    Fits(
        r"(?:https?|ssh|git|file)://[\x21-\x7e]{1,2000}"
        r"|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[\x21-\x7e]{1,2000}",
        "a URL",
    ),
]
Date = Annotated[
    date, BeforeValidator(_date), Field(json_schema_extra={"pattern": f"^{names.DATE}$"})
]
GitBranch = Annotated[str, Fits(names.GIT_BRANCH, "a branch name")]
ArgoVersion = Annotated[str, Fits(r"[23]\.[0-9]{1,2}", 'an Argo CD version such as "3.5"')]
IstioVersion = Annotated[str, Fits(r"1\.[0-9]{1,3}", 'an Istio version such as "1.27"')]
Owner = Annotated[str, Fits(names.OWNER, "an owner: letters, digits, '@', '/', '_', '.', '-'")]
Handle = Annotated[
    str, Fits(names.HANDLE, "a name at the forge: @somebody, @group/team, or a mail address")
]
WarningCode = Annotated[
    str, Fits("|".join(ACCEPTABLE), "the code of a warning that can be accepted")
]
Reason = Annotated[
    str,
    Fits(
        r"(?=.{12,300}$)[^\x00-\x20\x7f]+(?: [^\x00-\x20\x7f]+)+",
        "a reason: one line of at least two words and 12 characters",
    ),
]


class Model(BaseModel):
    """Unknown keys are refused, nothing is coerced, keys are camelCase, values are frozen."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, defer_build=True
    )


class Accepting(Model):
    """A file that may accept warnings about it."""

    accept: dict[WarningCode, Reason] = Field(
        {},
        max_length=len(ACCEPTABLE),
        description="Intended warnings about this file, each with its reason.",
        examples=[{"GEN304": "nobody prices in this lane, see SHOP-12"}],
    )

"""What the fields of the input may hold: kinds of text, and what all models have in common."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from generator.vocabulary import names
from generator.vocabulary.findings import ACCEPTABLE


def text(pattern: str, what: str, **field: Any) -> Any:
    """The type of a text that fits a pattern as a whole; what does not "is not" `what`."""

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


T = TypeVar("T")
MOST = 1000  # entries of one list or mapping: far beyond use, and little enough to check in no time
Many = Annotated[tuple[T, ...], Strict(False), Field(max_length=MOST)]  # a YAML list

Label = text(names.DNS_LABEL, "a DNS label: a-z, 0-9 and '-', at most 63 characters, no '-' at the ends")
ServiceName = text(names.SERVICE_LABEL, "a service name: a DNS label that starts with a letter")
Host = text(names.HOST, "a host name in lower case, such as test.shop.example.com")
UnitName = text(names.UNIT, "a unit: an environment, or environment/branch")
LaneName = text(names.UNIT, "a lane: a unit (environment or environment/branch) or a named lane")
TagText = text(names.TAG, "an image tag: letters, digits, '_', '.' and '-', at most 128 characters")
DigestText = text(names.DIGEST, "a digest: sha256: and 64 hexadecimal digits")
ImageText = text(names.IMAGE, "an image name without tag or digest, such as registry.example.com/shop/cart")
FullImage = text(names.FULL_IMAGE, "an image with a tag or a digest, such as registry.example.com/shop/e2e:v3")
HeaderName = text(names.HEADER, "a header name in lower case")
CookieName = text(names.COOKIE, "a cookie name")
ClaimName = text(names.CLAIM, "a claim name")
Visible = text(names.VISIBLE, "printable ASCII, at most 256 characters, without blanks at the ends")
CookieValue = text(names.COOKIE_VALUE, "a cookie value: printable ASCII without blanks, quotes, ',', ';' and '\\'")
LabelKey = text(names.LABEL_KEY, "a label's key")
LabelValue = text(names.LABEL_VALUE, "a label's value: at most 63 letters, digits, '_', '.' and '-'")
Variable = text(names.ENVIRONMENT_VARIABLE, "an environment variable's name")
Prefix = text(names.PREFIX, "a path prefix: '/' and then letters, digits, '_', '.', '~', '-' and '/'")
PrivateName = text(names.PRIVATE_NAME, "a private name: letters, digits, '.', '_' and '-'")
QueueName = text(names.QUEUE, "a queue's name: letters, digits, '.', '_', '-', ':' and '/'")
Resource = text(names.RESOURCE, "a resource that a quota can count, such as pods or requests.cpu")
Quantity = Annotated[int, Field(ge=0, le=10**12)] | text(names.QUANTITY, "a quantity, such as 500m or 2Gi")
Quota = Annotated[dict[Resource, Quantity], Field(max_length=MOST, examples=[{"pods": 200, "requests.cpu": "40", "limits.memory": "80Gi"}])]
Url = text(r"(?:https?|ssh|git|file)://[\x21-\x7e]{1,2000}|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+:[\x21-\x7e]{1,2000}", "a URL")
Date = Annotated[datetime.date, BeforeValidator(_date), Field(json_schema_extra={"pattern": f"^{names.DATE}$"})]
GitBranch = text(r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![./])", "a branch name")
Owner = text(names.OWNER, "an owner: letters, digits, '@', '/', '_', '.', '-'")
WarningCode = text("|".join(ACCEPTABLE), "the code of a warning that can be accepted")
Reason = text(r"(?=.{12,300}$)[^\x00-\x20\x7f]+(?: [^\x00-\x20\x7f]+)+", "a reason: one line of at least two words and 12 characters")


class Model(BaseModel):
    """Unknown keys are refused, nothing is coerced, keys are camelCase, values are frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel, defer_build=True)


class Accepting(Model):
    """A file that may accept warnings about it."""

    accept: dict[WarningCode, Reason] = Field(
        {}, max_length=len(ACCEPTABLE), description="Warnings about this file that are meant so, each with the reason.", examples=[{"GEN304": "nobody prices in this lane, see SHOP-12"}]
    )

"""When a unit sleeps: a schedule that `gen sleep --due` reads, and nothing that is compiled."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from generator.vocabulary import names
from generator.vocabulary.fields import Fits, Many, Model
from generator.vocabulary.nearest import did_you_mean
from generator.vocabulary.zones import ZONES

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, Fits(names.CLOCK, "a time of day such as 20:00, from 00:00 to 23:59")]


def _moment(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("moment", "is a moment that no calendar has") from None
    return value


Moment = Annotated[
    str, Fits(names.MOMENT, "a moment such as 2027-01-31T07:00:00Z"), AfterValidator(_moment)
]


def _zone(value: str) -> str:
    if value not in ZONES:
        near = did_you_mean(value, ZONES)
        raise PydanticCustomError(
            "zone", "is not a time zone such as Europe/Berlin; {near}", {"near": near}
        )
    return value


Zone = Annotated[
    str,
    Fits(r"[A-Za-z0-9/_+-]{1,40}", "a time zone such as Europe/Berlin"),
    AfterValidator(_zone),
]


class Sleep(Model):
    """A span in which a unit sleeps."""

    at: Clock = Field(description="When it goes to sleep.", examples=["20:00"])
    until: Clock = Field(
        description="When it wakes: the same day, or the next if that is no later than `at`.",
        examples=["07:00"],
    )
    days: Many[Day] = Field(
        (),
        description="Days on which it goes to sleep; every day if left out.",
        examples=[["mon", "tue", "wed", "thu", "fri"]],
    )
    zone: Zone = Field("UTC", description="Time zone of both times.", examples=["Europe/Berlin"])


def _form(value: Any) -> str:
    return "several" if isinstance(value, list | tuple) else "one"


Sleeps = Annotated[
    Annotated[Sleep, Tag("one")] | Annotated[Many[Sleep], Field(min_length=1), Tag("several")],
    Discriminator(_form),
]

SLEEPS: Any = Field(
    None,
    description="When it sleeps, one span or several: `gen sleep --due` and `gen wake --due` set "
    "`asleep` by it.",
    examples=[{"at": "20:00", "until": "07:00", "zone": "Europe/Berlin"}],
)
RESUMES: Any = Field(
    None,
    description="Moment from which `sleeps` is followed again: `gen sleep` and `gen wake` write "
    "it, so that a person's word holds until the schedule says the next thing.",
    examples=["2027-01-31T07:00:00Z"],
)

"""Links into lanes: whether one may be made, and whether one holds, as the edge sees it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from generator.plan import links
from generator.plan.links import Link, Statement
from generator.plan.plan import Plan
from generator.plan.platform import Links
from generator.vocabulary import curve
from generator.vocabulary.nearest import did_you_mean, known
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.telling import path_text

FORGED, ELSEWHERE, LONG, EXPIRED, GONE = (
    "it is not genuine, or was altered",
    "it is for another host",
    "it would hold for longer than the platform allows",
    "it has expired",
    "its lane is gone, or links may no longer lead into it",
)

_OWN = re.compile(r"/\.gen/(link|leave)(?![a-z])\??([^&]*)")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a link is asked to say; without a host, that of the lane's environment."""

    lane: str
    host: str | None
    path: str
    seconds: int | None


def statement(plan: Plan, wish: Wish, key: bytes, clock: int) -> Statement:
    """What a link is to say, if the platform allows it. `key` is the public half of who signs."""
    allowed = _allowed(plan)
    name = curve.name(key)
    if name not in allowed.keys:
        raise Refusal(
            "the platform does not know the key",
            "add its public half to `ingress.links.keys` in platform.yaml: "
            + base64.b64encode(key).decode(),
            exit_code=4,
        )
    host = _host(plan, wish)
    if path_text(wish.path) != wish.path or not links.is_path(wish.path):
        raise Refusal(
            f"`{wish.path}` is not a plain path of the host",
            "a path begins with one `/` and holds letters, digits and `/._%-`, without steps back "
            "and without what follows `?`",
            exit_code=2,
        )
    seconds = min(3600, allowed.longest) if wish.seconds is None else wish.seconds
    if seconds > allowed.longest:
        raise Refusal(
            f"links hold for {length(allowed.longest)} at most",
            "ask for less, or raise `ingress.links.longest` in platform.yaml",
            exit_code=4,
        )
    said = Statement(name, clock + seconds, host, wish.lane, wish.path)
    if len(str(Link(said, 0, 0))) > links.LONGEST:
        raise Refusal("the link would be too long", "give a shorter path", exit_code=2)
    return said


def length(seconds: int) -> str:
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"


def _allowed(plan: Plan) -> Links:
    allowed = plan.platform.ingress.links
    if allowed is None:
        raise Refusal(
            "there are no links on this platform",
            "allow them by `ingress.links` in platform.yaml",
            exit_code=4,
        )
    return allowed


def _host(plan: Plan, wish: Wish) -> str:
    """The host of a link: the one that was asked for, or the only one that the lane's environment
    has, or of all."""
    known(wish.lane, plan.lanes, "lane")
    fitting = sorted(host for host, lanes in plan.linked.items() if wish.lane in lanes)
    if not fitting:
        raise Refusal(
            f"no link may lead into the lane {wish.lane}",
            "`ingress.links.lanes` in platform.yaml says which may, and where",
            exit_code=4,
        )
    if wish.host is None:
        home = plan.lanes[wish.lane].through[0].environment
        near = [host for host in fitting if plan.host_lanes[host] == home] or fitting
        if len(near) > 1:
            raise Refusal(
                f"links into {wish.lane} may be at several hosts: {', '.join(near)}",
                "choose one by --host",
                exit_code=2,
            )
        return near[0]
    known(wish.host, plan.host_environments, "host")
    if wish.host not in fitting:
        raise Refusal(
            f"no link at {wish.host} may lead into the lane {wish.lane}",
            did_you_mean(wish.host, fitting),
            exit_code=4,
        )
    return wish.host


class Found(NamedTuple):
    """What a link does to a request: the status of an answer of the edge's own, or the lane that it
    takes; and why, or why the cookie does not count."""

    answer: int = 0
    lane: str = ""
    why: str = ""


def answered(plan: Plan, host: str, path: str, token: str, clock: int) -> Found:
    """What the edge makes of a path of its own, and of the cookie."""
    if host not in plan.linked:
        return Found()
    if own := _OWN.match(f"{path_text(path)}?{path.partition('?')[2]}"):
        return _place(plan, host, own[1], own[2], clock)
    if not token:
        return Found()
    link, why = judged(plan, token, host, clock)
    if link is None:
        return Found(410 if why == GONE else 0, "", why)
    return Found(0, link.said.lane, f"a link, until {moment(link.said.ends)}")


def _place(plan: Plan, host: str, place: str, token: str, clock: int) -> Found:
    """What stands below `/.gen/`."""
    if place == "leave":
        return Found(303, "", "the way out of a lane")
    link, why = judged(plan, token, host, clock)
    if link:
        return Found(303, "", f"a link into {link.said.lane}, which goes on to {link.said.path}")
    return Found(410 if why in (EXPIRED, GONE) else 403, "", f"a link: {why}")


def moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def judged(plan: Plan, token: str, host: str, clock: int) -> tuple[Link | None, str]:
    """The link that a cookie holds, if it does; else why the edge does not believe it. In the order
    in which the edge looks."""
    link = links.read(token)
    why = FORGED if link is None else _against(plan, link, host, clock)
    return (None, why) if why else (link, "")


def _against(plan: Plan, link: Link, host: str, clock: int) -> str:
    allowed, said = _allowed(plan), link.said
    if said.key not in allowed.keys:
        return FORGED
    if said.host != host:
        return ELSEWHERE
    if said.ends <= clock:
        return EXPIRED
    if said.ends > clock + allowed.longest + links.SLACK:
        return LONG
    if not _is_signed(plan.platform.name, link, allowed.keys[said.key]):
        return FORGED
    return "" if said.lane in plan.linked[host] else GONE


def _is_signed(platform: str, link: Link, key: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, utils
    from cryptography.hazmat.primitives.hashes import SHA256

    point = base64.b64decode(key)[-65:]
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    signature = utils.encode_dss_signature(link.r, link.s)
    words = links.signed(platform, link.said).encode()
    try:
        public.verify(signature, words, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True

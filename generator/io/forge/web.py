"""Calls of a forge's API. The token is in a header of these calls alone: it goes to one address,
follows no redirection, and is in nothing that is printed."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlencode, urlsplit

from generator import __version__
from generator.vocabulary.refusal import Refusal

SECONDS = 30
LARGEST = 20_000_000  # bytes of an answer
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` is the JSON that came, or None."""

    status: int
    data: Any
    headers: Mapping[str, str]

    @property
    def said(self) -> str:
        """The forge's own words, in a line."""
        data = self.data if isinstance(self.data, dict) else {}
        words = [data.get("message"), data.get("error"), data.get("error_description")]
        more = data.get("errors") or ()
        words += [each.get("message") if isinstance(each, dict) else each for each in more]
        told = "; ".join(_words(word) for word in words if word)
        return re.sub(r"\s+", " ", told)[:500]

    @property
    def limited(self) -> bool:
        """Whether it takes no more requests for now; GitHub says so with 403 as well."""
        if self.status != 403:
            return self.status == 429
        spent = self.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in self.headers
        return spent or "rate limit" in self.said.lower()


class Api:
    """An API by its address. `called` is how people know the server, `scheme` the word before the
    token, `option` what the address was given by."""

    def __init__(
        self, base: str, token: str, scheme: str = "Bearer", option: str = "--forge"
    ) -> None:
        parts = urlsplit(base)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise Refusal(
                f"{base[:100]} is no address that a token may go to", "give one of https", 2
            )
        self.base, self.called = base.rstrip("/"), parts.netloc.rpartition("@")[2]
        self._headers = {
            "Authorization": f"{scheme} {token}",
            "Accept": "application/json",
            "User-Agent": f"gen/{__version__}",
        }
        self._option = option
        self._opener = urllib.request.build_opener(_Stay)

    def call(
        self, method: str, path: str, body: Fields | None = None, query: Fields | None = None
    ) -> Answer:
        """One request, whatever its status; `Refusal` where nothing answers."""
        url = f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")
        raw = None if body is None else json.dumps(body).encode()
        headers = self._headers | ({"Content-Type": "application/json"} if raw else {})
        request = urllib.request.Request(url, raw, headers, method=method)  # noqa: S310 checked
        try:
            with self._opener.open(request, timeout=SECONDS) as came:
                return _answer(came.status, came.headers, came.read(LARGEST))
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error.headers, error.read(LARGEST))
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise Refusal(
                f"{self.called} does not answer: {reason}",
                f"check the network and the address ({self._option}), and run the command again; "
                "what is done already is not done twice",
            ) from None


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer like others: the token goes nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _answer(status: int, headers: Message, raw: bytes) -> Answer:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = None
    return Answer(status, data, {name.lower(): value for name, value in headers.items()})


def _words(told: Any) -> str:
    return told if isinstance(told, str) else json.dumps(told)


def told(answer: Answer, called: str, what: str) -> Refusal:
    """What an answer that is none means, and the next step. `what` was asked for, in words."""
    said = f": {answer.said}" if answer.said else ""
    if answer.limited:
        wait = answer.headers.get("retry-after", "")
        after = f"in {wait} s" if wait.isdecimal() else "later"
        return Refusal(
            f"{called} takes no more requests for now (HTTP {answer.status}){said}",
            f"run the command again {after}; what is done already is not done twice",
        )
    known = _MEANINGS.get(answer.status)
    if known is None and answer.status >= 500:
        known = ("fails", "run the command again when it is well")
    meaning, step = known or ("answers in a way that gen does not know", "see what it says")
    return Refusal(f"{called} {meaning} (HTTP {answer.status}, {what}){said}", step)


_AGAIN = "run the command again; what is done already is not done twice"
_RIGHTS = (
    "let it write contents and pull requests of this one repository (GitHub: `contents: write` and "
    "`pull-requests: write`; GitLab: scope api, role Developer; Gitea: write:repository and "
    "write:issue)"
)
_MEANINGS = {
    301: ("sends elsewhere", "give the address that it names now"),
    302: ("sends elsewhere", "give the API's own address with --forge KIND=URL"),
    307: ("sends elsewhere", "the repository was renamed or moved: give the URL that it has now"),
    308: ("sends elsewhere", "the repository was renamed or moved: give the URL that it has now"),
    400: ("refuses the request", "see what it says"),
    401: (
        "does not know the token",
        "make a new one, put it into the variable GEN_TOKEN, and run the command again",
    ),
    403: ("does not let the token do this", _RIGHTS),
    404: (
        "has no such repository, or does not show it to this token",
        "check the repository's URL, and that the token was made for it",
    ),
    409: ("has something else there", _AGAIN),
    410: ("has this switched off", "switch pull requests and issues on in its settings"),
    422: ("refuses what is asked", "see what it says; mend that, and run the command again"),
}

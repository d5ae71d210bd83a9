"""Links in a real Chromium, against a real Envoy with the compiled edge over TLS: what the browser keeps, shows to
scripts, and sends from where; the way out; and what a person reads whose link does not hold."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from generator.plan import links
from tests.edge.cost import config, free_port, started
from tests.edge.links import world
from tests.envoy import table
from tests.linked import COLOUR, HOST, STRANGER, made, said
from tests.mesh import tools
from tests.page.driver import Browser

OTHER = "other.example.net"  # another site
RULES = f"MAP {HOST} 127.0.0.1, MAP {OTHER} 127.0.0.1"
FLAGS = ("--ignore-certificate-errors", f"--host-resolver-rules={RULES}")
HOUR = 3600


def in_a_browser() -> None:
    with edge() as port, elsewhere() as other, Browser(FLAGS) as browser:
        top = f"https://{HOST}:{port}"
        ends = int(time.time()) + HOUR
        assert lane(browser, f"{top}/") == "test"
        link = f"{top}{links.VISIT}?{made(said(ends, path='/cart'))}"
        entered(browser, link, ends)
        held(browser, top)
        sent(browser, top, other)
        left(browser, top)
        refused(browser, top, ends)
    print("page: a link's cookie is kept, hidden from scripts and other sites, and given back")


@contextmanager
def edge() -> Iterator[int]:
    """The port of an Envoy with the table, over TLS; its answers say the lane that they were in."""
    port = free_port()
    content = config(table(world()), port)
    (listener,) = content["static_resources"]["listeners"]
    (chain,) = listener["filter_chains"]
    manager = chain["filters"][0]["typed_config"]
    told = {"header": {"key": "x-given", "value": f"%REQ({COLOUR})%"}}
    manager["route_config"]["virtual_hosts"][0]["routes"][0]["response_headers_to_add"] = [told]
    certificate, key = certified()
    known = {"certificate_chain": {"inline_string": certificate}, "private_key": {"inline_string": key}}  # fmt: skip
    kind = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    chain["transport_socket"] = {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {"@type": kind, "common_tls_context": {"tls_certificates": [known]}},
    }
    with started(content, port, tools.NEWEST):
        yield port


def certified() -> tuple[str, str]:
    """A certificate that nobody signed but itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made_ = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, nothing = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return made_.public_bytes(pem).decode(), key.private_bytes(pem, form, nothing).decode()


class Page(http.server.BaseHTTPRequestHandler):
    """A page of the other site, which links whatever is asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title><p>other")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def elsewhere() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{OTHER}:{server.server_port}/"
        server.shutdown()


def lane(browser: Browser, url: str) -> str | None:
    """The lane in which a page was answered, by what the browser heard of it."""
    browser.log("performance")
    browser.go(url)
    return given(browser, url)


def given(browser: Browser, url: str) -> str | None:
    """What the answer to a request of the last moments said; the last one counts."""
    end, found = time.monotonic() + 20, None
    while found is None:
        assert time.monotonic() < end, url
        for entry in browser.log("performance"):
            event = json.loads(entry["message"])["message"]
            answer = event["params"].get("response", {})
            if event["method"] == "Network.responseReceived" and answer["url"] == url:
                found = {name.lower(): text for name, text in answer["headers"].items()}
    return found.get("x-given")


def cookie(browser: Browser, url: str) -> Any:
    kept = browser.developer("Network.getCookies", urls=[url])["cookies"]
    return next((one for one in kept if one["name"] == links.COOKIE), None)


def entered(browser: Browser, link: str, ends: int) -> None:
    """It leads on to the path that it names, and what is kept says what it must."""
    browser.go(link)
    assert browser.run("return location.pathname") == "/cart"
    kept = cookie(browser, link)
    assert kept["httpOnly"] and kept["secure"] and kept["sameSite"] == "Lax", kept
    assert (kept["domain"], kept["path"], kept["session"]) == (HOST, "/", False), kept
    assert abs(kept["expires"] - ends) <= 60, (kept, ends)
    assert kept["value"] == urlsplit(link).query
    seen = browser.run("return [document.cookie, document.referrer, performance.getEntriesByType('navigation')[0].name]")  # fmt: skip
    assert links.COOKIE not in seen[0] and kept["value"] not in "".join(seen), seen


def held(browser: Browser, top: str) -> None:
    """Each page of the host is answered in the lane, and no script takes that away or gives another."""
    assert lane(browser, f"{top}/any") == "test/login"
    browser.run(f"document.cookie = '{links.COOKIE}=x; Secure; Path=/'; document.cookie = '{links.COOKIE}=; Max-Age=0; Secure; Path=/'")  # fmt: skip
    assert lane(browser, f"{top}/again") == "test/login"


def sent(browser: Browser, top: str, other: str) -> None:
    """From another site a person who follows a link is in the lane; what that site asks by itself is not."""
    browser.go(other)
    browser.log("performance")
    browser.run("fetch(arguments[0], { mode: 'no-cors', credentials: 'include' })", f"{top}/asked")
    assert given(browser, f"{top}/asked") == "test"
    browser.run("const link = document.createElement('a'); link.href = arguments[0]; document.body.append(link); link.click()", f"{top}/followed")  # fmt: skip
    assert given(browser, f"{top}/followed") == "test/login"


def left(browser: Browser, top: str) -> None:
    browser.go(f"{top}{links.LEAVE}")
    assert browser.run("return location.pathname") == "/"
    assert cookie(browser, top) is None
    assert lane(browser, f"{top}/") == "test"


def refused(browser: Browser, top: str, ends: int) -> None:
    """A person is told plainly, and nothing is kept."""
    over = said(ends - 2 * HOUR)
    for token, words in (
        (made(over), "This link has expired. Ask for a new one."),
        (
            made(said(ends), STRANGER),
            "This link is not genuine, or was altered. Ask for a new one.",
        ),
        (made(said(ends + 9 * HOUR)), "longer than this platform allows"),
    ):
        browser.go(f"{top}{links.VISIT}?{token}")
        told = browser.run("return document.body.innerText")
        assert words in told and "<" not in told, told
        assert cookie(browser, top) is None

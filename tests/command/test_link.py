"""`gen link`, and `gen explain` of what it printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from generator.plan import links
from tests.conftest import Files, write
from tests.linked import HOST, NEW, OLD, PERF, STRANGER, line, parsed, platform

Gen = Callable[..., tuple[int, str, str]]
NOW = ("--now", "2027-01-31T10:00:00Z")
NO_SECRET: KeySerializationEncryption = NoEncryption()


def pem(
    folder: Path,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = NEW,
    sealed: KeySerializationEncryption = NO_SECRET,
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> Path:
    path = folder / "link.pem"
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, form, sealed))
    return path


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path / "shop", {"environments/platform.yaml": platform()})


def linked(gen: Gen, shop: Path, *words: object) -> str:
    code, out, err = gen("-C", shop, "link", *words, "--key", pem(shop.parent), *NOW)
    assert code == 0, err
    return out.strip().removeprefix(f"https://{HOST}{links.VISIT}?")


def test_a_link_says_what_was_asked_for(gen: Gen, shop: Path) -> None:
    code, out, err = gen("-C", shop, "link", "test/login", "--key", pem(shop.parent), *NOW)
    assert code == 0
    said = parsed(out.strip().removeprefix(f"https://{HOST}/.gen/link?")).said
    assert (said.host, said.lane, said.path) == (HOST, "test/login", "/")
    assert "takes the lane test/login at test.example.com until 2027-01-31T11:00:00Z" in err
    assert "/.gen/leave" in err
    said = parsed(linked(gen, shop, "mixed", "--to", "/a/b", "--for", "8h")).said
    assert (said.lane, said.path, said.ends) == ("mixed", "/a/b", 1801389600 + 8 * 3600)


def test_as_json(gen: Gen, shop: Path) -> None:
    key = pem(shop.parent, form=PrivateFormat.TraditionalOpenSSL)
    _, out, _ = gen("-C", shop, "link", "test", "--key", key, *NOW, "--format", "json")
    told = json.loads(out)
    assert told["url"].startswith(f"https://{HOST}/.gen/link?{told['key']}:")
    assert told | {"url": "", "key": ""} == {
        "version": 1,
        "url": "",
        "lane": "test",
        "host": HOST,
        "path": "/",
        "expires": "2027-01-31T11:00:00Z",
        "key": "",
    }


@pytest.mark.parametrize(
    "words, code, told",
    [
        (["perf"], 4, "no link may lead into the lane perf"),
        (["test/logn"], 2, "did you mean `test/login`?"),
        (["test", "--host", PERF], 4, f"no link at {PERF}"),
        (["test", "--host", "test.example.org"], 2, "there is no host"),
        (["test", "--for", "481m"], 4, "8h at most"),
        (["test", "--for", "8"], 2, "not a duration"),
        (["test", "--for", "0h"], 2, "not a duration"),
        *(
            (["test", "--to", path], 2, "not a plain path")
            for path in (
                "//evil.example.com",
                "https://evil.example.com",
                "/a/../b",
                "/a?b",
                "/a:b",
                "/a\r\nset-cookie: x",
                "\\evil",
                "/.gen/leave",
                "",
            )
        ),
        (["test", "--to", "/" + "a" * 900], 2, "too long"),
    ],
)
def test_what_the_platform_did_not_allow_is_refused(
    gen: Gen, shop: Path, words: list[str], code: int, told: str
) -> None:
    found, out, err = gen("-C", shop, "link", *words, "--key", pem(shop.parent))
    assert (found, out) == (code, "")
    assert told in err


def test_without_links_there_are_none(gen: Gen, tmp_path: Path) -> None:
    code, _, err = gen("-C", write(tmp_path / "shop"), "link", "test", "--key", pem(tmp_path))
    assert code == 4
    assert "ingress.links" in err


def test_of_several_hosts_one_is_chosen(gen: Gen, tmp_path: Path) -> None:
    two = "hosts: [test.example.com, test.example.org]\nruns: {web: {tag: v}, api: {tag: v}}\n"
    shop = write(
        tmp_path / "shop",
        {
            "environments/platform.yaml": platform("{test: [test], perf: [test]}"),
            "environments/test/environment.yaml": two,
        },
    )
    code, _, err = gen("-C", shop, "link", "test/login", "--key", pem(tmp_path))
    assert code == 2
    assert "test.example.com, test.example.org" in err
    assert gen("-C", shop, "link", "test", "--host", PERF, "--key", pem(tmp_path))[0] == 0


def test_a_key_that_is_not_the_platforms_is_refused_and_named(gen: Gen, shop: Path) -> None:
    code, _, err = gen("-C", shop, "link", "test", "--key", pem(shop.parent, STRANGER))
    assert code == 4
    assert line(STRANGER) in err
    assert gen("-C", shop, "link", "test", "--key", pem(shop.parent, OLD))[0] == 0


def test_a_key_that_others_can_read_is_refused(gen: Gen, shop: Path) -> None:
    key = pem(shop.parent)
    key.chmod(0o640)
    code, _, err = gen("-C", shop, "link", "test", "--key", key)
    assert code == 4
    assert "chmod 600" in err


def test_what_is_no_such_key_is_told_and_never_shown(gen: Gen, shop: Path) -> None:
    other = [
        pem(shop.parent, ec.derive_private_key(9, ec.SECP384R1())).read_bytes(),
        pem(shop.parent, rsa.generate_private_key(65537, 2048)).read_bytes(),
        pem(shop.parent, NEW, BestAvailableEncryption(b"word")).read_bytes(),
        pem(shop.parent).read_bytes().replace(b"PRIVATE KEY", b"PRIVATE KEYS"),
        b"",
        b"\x00\xff",
    ]
    for text in other:
        path = pem(shop.parent)
        path.write_bytes(text)
        code, out, err = gen("-C", shop, "link", "test", "--key", path)
        assert (code, out) == (2, "")
        assert "holds no private key on P-256" in err
        secret = text.split(b"\n")[1] if text.count(b"\n") > 1 else b"-"
        assert secret.decode("latin-1") not in err.replace("-", "") or secret == b"-"
    assert gen("-C", shop, "link", "test", "--key", shop.parent / "none.pem")[0] == 1


def test_without_the_library_it_says_what_to_install(
    gen: Gen, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.command.words.find_spec", lambda name: None)
    code, _, err = gen("-C", shop, "link", "test", "--key", pem(shop.parent))
    assert code == 2
    assert "gen-lanes[link]" in err


def test_a_lane_that_sleeps_is_told(gen: Gen, shop: Path) -> None:
    write(shop, ASLEEP)
    code, _, err = gen("-C", shop, "link", "test/login", "--key", pem(shop.parent))
    assert code == 0
    assert "asleep, so that others answer in its place: test/login" in err


ASLEEP: Files = {
    "environments/platform.yaml": platform(),
    "environments/test/branches/login.yaml": "asleep: true\nruns:\n  api: {tag: b1}\n",
}


def asked(gen: Gen, shop: Path, token: str, *more: object) -> tuple[int, str, str]:
    words = ["--host", HOST, "--cookie", f"{links.COOKIE}={token}"]
    return gen("-C", shop, "explain", *words, *(more or NOW))


def test_explain_follows_a_link_before_the_rules_of_tenants(gen: Gen, shop: Path) -> None:
    token = linked(gen, shop, "mixed")
    code, out, _ = asked(gen, shop, token, *NOW, "--header", "x-tenant=acme")
    assert code == 0
    assert "lane mixed (a link, until 2027-01-31T11:00:00Z)" in out
    assert "would also fit: tenant acme" in out


def test_explain_tells_why_a_link_does_not_count(gen: Gen, shop: Path) -> None:
    token = linked(gen, shop, "mixed")
    _, out, _ = asked(gen, shop, token, "--now", "2027-01-31T11:00:00Z")
    assert "lane test (the link does not count: it has expired; no tenant; host of test)" in out
    _, out, _ = asked(gen, shop, token, "--now", "2027-01-31T02:58:00Z")
    assert "longer than the platform allows" in out
    _, out, _ = asked(gen, shop, token[:-1] + ("0" if token[-1] != "0" else "1"), *NOW)
    assert "not genuine" in out
    write(shop, {"environments/platform.yaml": platform("{test: [test]}")})
    code, _, err = asked(gen, shop, token)
    assert code == 1
    assert "the edge answers it itself: 410" in err


def test_explain_knows_what_the_edge_answers_itself(gen: Gen, shop: Path) -> None:
    token = linked(gen, shop, "mixed", "--to", "/cart")
    for path, told in (
        (f"/.gen/link?{token}", "303"),
        ("/.gen/leave", "303"),
        ("/.gen/link?x", "403"),
        ("/%2egen/link?x", "403"),
        (f"/a/../.gen/link?{token}", "303"),
    ):
        code, _, err = gen("-C", shop, "explain", "--host", HOST, "--path", path, *NOW)
        assert code == 1
        assert f"the edge answers it itself: {told}" in err


@pytest.mark.parametrize(
    "changed, code, place",
    [
        (platform("{tests: [test]}"), "GEN204", "lanes"),
        (platform("{test: [test/gone]}"), "GEN206", "lanes"),
        (platform("{test: [inline-0123456789ab]}"), "GEN206", "lanes"),
        (platform("{}"), "GEN104", "lanes"),
        (platform(longest="100h"), "GEN104", "longest"),
        (platform().replace("MFkw", "MFkx"), "GEN104", "keys"),
        (platform().replace("[MFkw", "['-----BEGIN PRIVATE KEY-----', MFkw"), "GEN104", "keys"),
    ],
)
def test_wrong_settings_are_findings(
    gen: Gen, shop: Path, changed: str, code: str, place: str
) -> None:
    write(shop, {"environments/platform.yaml": changed})
    status, out, err = gen("-C", shop, "validate", "--format", "json")
    found = {one["code"] for one in json.loads(out)["findings"]}
    assert (status, found) == (1, {code}), out + err

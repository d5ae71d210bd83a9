"""The cases of each server: what it cannot do, what it refuses and by which of its own rules."""

from __future__ import annotations

import os
import subprocess

from tests.io.test_servers import FEW_REFS, NO_TAG_GOES
from tests.io.test_signing import SIGNED_ONLY
from tests.torture.servers.cases import (
    Act,
    Case,
    Delivers,
    Lost,
    Races,
    Refuses,
    configured,
    hooked,
    signs,
)
from tests.torture.servers.gitea import ADMIN, READER, Gitea
from tests.torture.servers.gitea import PUBLISHER as WRITER
from tests.torture.servers.gitolite import FULL, PUBLISHER, Gitolite
from tests.torture.servers.nginx import Nginx
from tests.torture.servers.site import Site

PROTECTED = 'case "$1" in refs/heads/deploy) echo "GitLab: You are not allowed to push code to protected branches on this project." >&2; exit 1;; esac'
STEP_ACCOUNT = "credentials that may push"


def go(way: str, user: str | None = None) -> Act:
    """The clone's remote by another way to the same repository."""

    def act(server: Nginx, site: Site) -> None:
        site.go_to(server.url(site.name, way, **({} if user is None else {"user": user})))

    return act


def wants_signatures(server: Nginx | Gitolite, site: Site) -> None:
    """Keys of the publisher, and a hook that refuses what they did not sign."""
    key, allowed = site.folder / "signing", server.folder / f"{site.name}.allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    allowed.write_text(f"* {key.with_suffix('.pub').read_text()}")
    allowed.chmod(0o644)
    site.set("user.signingKey", str(key))
    site.set("gpg.ssh.allowedSignersFile", str(allowed))
    config = f"-c gpg.ssh.allowedSignersFile={allowed}"
    server.hook(site.name, "pre-receive", SIGNED_ONLY.format(config=config))


def slow(kind: str) -> tuple[Act, Act]:
    """A hook that outlasts the proxy's patience, and the way through that proxy."""

    def on(server: Nginx, site: Site) -> None:
        server.hook(site.name, kind, "cat >/dev/null; sleep 5")
        go("late")(server, site)

    def off(server: Nginx, site: Site) -> None:
        subprocess.run(["sleep", "5"], check=True)  # what is under way arrives
        server.hook(site.name, kind, None)
        go("git")(server, site)

    return on, off


_NO_ATOMIC, _ = configured("receive.advertiseAtomic", "false")
_KEEPS, _ = hooked("update", NO_TAG_GOES)
_FEW, _ = hooked("pre-receive", FEW_REFS)
_SIGNED, _UNSIGNED = wants_signatures, signs("ssh")
_BRANCH, _NO_BRANCH = hooked("update", PROTECTED)
_READS, _WRITES = configured("http.receivepack", "false")
_DONE, _DONE_OFF = slow("post-receive")
_NOT_YET, _NOT_YET_OFF = slow("pre-receive")

NGINX: tuple[Case, ...] = (
    Delivers("as it comes"),
    Delivers("keeps its tags, as GitLab does", _KEEPS, "protected tags cannot be deleted", True),
    Delivers("takes no atomic pushes", _NO_ATOMIC),
    Delivers("takes two refs at a time", _FEW),
    Delivers("moved, and says where to", go("moved")),
    Races(2),
    Races(6),
    Refuses("wants signed commits", _SIGNED, "wants signed commits", "sign: ssh", _UNSIGNED),
    Refuses("protects the branch", _BRANCH, "protects deploy", "push to deploy", _NO_BRANCH),
    Refuses("takes no pushes", _READS, "does not let this account in", STEP_ACCOUNT, _WRITES),
    Refuses("takes small pushes alone", go("small"), "too large", "limit", go("git")),
    Refuses("asks who it is", go("git", ""), "does not let", STEP_ACCOUNT, go("git")),
    Refuses(
        "knows no such password", go("git", "robot:x@"), "does not let", STEP_ACCOUNT, go("git")
    ),
    Refuses("shows a page to sign in", go("signin"), "not git's", "URL", go("git")),
    Refuses("is down behind its proxy", go("down"), "fails with HTTP 502", "again", go("git")),
    Refuses("has enough of us", go("busy"), "no more requests", "later", go("git")),
    Refuses(
        "knows no such repository",
        lambda server, site: site.go_to(server.url("none")),
        "no repository",
        "URL",
        go("git"),
    ),
    Lost("answers too late, and is done", _DONE, True, _DONE_OFF),
    Lost("answers too late, and goes on", _NOT_YET, False, _NOT_YET_OFF),
)


def allow(*lines: str) -> Act:
    return lambda server, site: server.rule(site.name, *lines)


def known(who: str, hosts: str = "known") -> Act:
    """Another key, or another list of hosts."""
    return lambda server, site: site.set("core.sshCommand", server.ssh(who, hosts))


_ALL = allow(FULL)
_STEP = "grant it RW\\+"
_HEADS = f"RW+ refs/heads/ = {PUBLISHER}"

GITOLITE: tuple[Case, ...] = (
    Delivers("as it comes"),
    Delivers(
        "lets nobody delete tags", allow(_HEADS, f"RW refs/tags/ = {PUBLISHER}"), "DENIED by", True
    ),
    Delivers(
        "lets nobody delete anything",
        allow(f"RWD refs/nothing = {PUBLISHER}", f"RW+ = {PUBLISHER}"),
        "DENIED by",
        True,
    ),
    Delivers("takes no atomic pushes", _NO_ATOMIC),
    Races(2),
    Races(6),
    Refuses(
        "lets the account read",
        allow(f"R = {PUBLISHER}"),
        "denies this account `W any`",
        _STEP,
        _ALL,
    ),
    Refuses(
        "keeps the branch",
        allow(f"- refs/heads/deploy = {PUBLISHER}", FULL),
        "denies this account `W refs/heads/deploy`",
        _STEP,
        _ALL,
    ),
    Refuses(
        "keeps tags of gen",
        allow(f"- refs/tags/gen/ = {PUBLISHER}", FULL),
        "denies this account `. refs/tags/gen/",
        _STEP,
        _ALL,
    ),
    Refuses(
        "counts what changes",
        allow(FULL, f"- VREF/COUNT/1 = {PUBLISHER}"),
        "by its rule VREF/COUNT/1",
        "let the account that publishes pass",
        _ALL,
    ),
    Refuses(
        "has no such repository for us",
        allow("RW+ = somebody"),
        "denies this account `R any`",
        _STEP,
        _ALL,
    ),
    Refuses("wants signed commits", _SIGNED, "wants signed commits", "sign: ssh", _UNSIGNED),
    Refuses(
        "is frozen",
        lambda server, site: server.writable(site.name, False, "the freeze lasts until monday"),
        "does not serve this clone",
        "mind what it says",
        lambda server, site: server.writable(site.name, True),
    ),
    Refuses(
        "does not know the key", known("stranger"), "does not let", STEP_ACCOUNT, known(PUBLISHER)
    ),
    Refuses(
        "is another host than was known",
        known(PUBLISHER, "unknown"),
        "cannot be reached",
        "host key",
        known(PUBLISHER),
    ),
)


def protected(kind: str, **rule: object) -> tuple[Act, Act]:
    """One of Gitea's own rules (tag_protections, branch_protections) for a repository."""

    def path(site: Site) -> str:
        return f"/repos/{ADMIN}/{site.name}/{kind}"

    def on(server: Gitea, site: Site) -> None:
        server.must("POST", path(site), dict(rule))

    def off(server: Gitea, site: Site) -> None:
        for each in server.must("GET", path(site)):
            server.must("DELETE", f"{path(site)}/{each.get('id') or each['rule_name']}")

    return on, off


def branch(**rule: object) -> tuple[Act, Act]:
    return protected("branch_protections", rule_name="deploy", **rule)


def archived(on: bool) -> Act:
    return lambda server, site: server.must(
        "PATCH", f"/repos/{ADMIN}/{site.name}", {"archived": on}
    )


def as_user(name: str, **password: str) -> Act:
    return lambda server, site: site.go_to(server.url(site.name, name, **password))


def signs_with_gpg(server: Gitea, site: Site) -> None:
    """A key that Gitea knows as the publisher's, and commits that are signed with it."""
    os.environ["GNUPGHOME"] = str(site.folder)
    site.folder.chmod(0o700)
    mail = f"{WRITER}@example.com"
    made = ["--batch", "--passphrase", "", "--quick-gen-key", mail, "ed25519", "sign"]
    subprocess.run(["gpg", *made], check=True, capture_output=True)
    shown = ["gpg", "--armor", "--export", mail]
    key = subprocess.run(shown, check=True, capture_output=True, text=True).stdout
    status, said = server.ask("POST", "/user/gpg_keys", {"armored_public_key": key}, WRITER)
    if status != 201:
        raise RuntimeError(f"Gitea does not take the key: {status} {said}")
    site.set("user.signingKey", mail)
    site.set("user.name", WRITER)
    site.set("user.email", mail)
    signs("gpg")(server, site)


_TAGS, _NO_TAGS = protected(
    "tag_protections", name_pattern="/^gen\\/.*/", whitelist_usernames=[ADMIN]
)
_OURS, _ = protected("tag_protections", name_pattern="/^gen\\/.*/", whitelist_usernames=[WRITER])
_CLOSED, _OPEN = branch(enable_push=False)
_FILES, _NO_FILES = branch(enable_push=True, protected_file_patterns="argocd/**")
_KEYS, _ = branch(enable_push=True, require_signed_commits=True)

GITEA: tuple[Case, ...] = (
    Delivers("as it comes"),
    Delivers("protects the tags of gen, for us", _OURS),
    Races(2),
    Races(4),
    Refuses("protects the tags of gen", _TAGS, "protects the tags", "tags below `gen/`", _NO_TAGS),
    Refuses("protects the branch", _CLOSED, "protects deploy", "push to deploy", _OPEN),
    Refuses("protects files", _FILES, "protects argocd/", "change that file", _NO_FILES),
    Refuses("wants signed commits", _KEYS, "without a message", "sign: gpg", signs_with_gpg),
    Refuses(
        "lets the account read", as_user(READER), "does not let", STEP_ACCOUNT, as_user(WRITER)
    ),
    Refuses(
        "knows no such password",
        as_user(WRITER, password="x"),
        "does not let",
        STEP_ACCOUNT,
        as_user(WRITER),
    ),
    Refuses("is archived", archived(True), "read-only", "takes pushes", archived(False)),
    Refuses(
        "knows no such repository",
        lambda server, site: site.go_to(server.url("none")),
        "no repository",
        "URL",
        as_user(WRITER),
    ),
)

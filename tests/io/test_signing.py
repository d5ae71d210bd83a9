"""Who commits to the output branch, signed or not, on a server that refuses what is unsigned."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from generator.io.git import GitFailed, Repository
from generator.io.signing import NOBODY, identity, signed
from generator.io.verify import verify
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled
from tests.io.test_publish import Place, git, place  # noqa: F401 a fixture
from tests.io.test_servers import hook, tenant
from tests.vocabulary.test_findings import findings

# Each commit that comes must hold a signature that the server knows; deletions come without one.
SIGNED_ONLY = """while read old new ref; do
  case $new in 0000*) continue;; esac
  for commit in $(git rev-list $new --not --all); do
    git {config} verify-commit $commit 2>/dev/null || {{ echo "commit must be signed" >&2; exit 1; }}
  done
done"""


@pytest.fixture
def ssh(place: Place, tmp_path: Path) -> str:
    key, allowed = tmp_path / "key", tmp_path / "allowed"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    allowed.write_text(f"* {key.with_suffix('.pub').read_text()}")
    git(place.clone, "config", "user.signingKey", str(key))
    git(place.clone, "config", "gpg.ssh.allowedSignersFile", str(allowed))
    hook(
        place.remote,
        "pre-receive",
        SIGNED_ONLY.format(config=f"-c gpg.ssh.allowedSignersFile={allowed}"),
    )
    return "ssh"


@pytest.fixture
def gpg(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="gpg-", dir="/tmp"))  # a socket's path is short
    monkeypatch.setenv("GNUPGHOME", str(home))
    made = ["--batch", "--passphrase", "", "--quick-gen-key", "gen@example.com", "ed25519", "sign"]
    subprocess.run(["gpg", *made], check=True, capture_output=True)
    git(place.clone, "config", "user.signingKey", "gen@example.com")
    hook(place.remote, "pre-receive", SIGNED_ONLY.format(config=""))
    yield "gpg"
    subprocess.run(["gpgconf", "--kill", "all"], check=True)  # its agent outlives who asked it
    shutil.rmtree(home, ignore_errors=True)  # and takes its sockets away meanwhile


@pytest.mark.parametrize("kind", ["ssh", "gpg"])
def test_a_server_that_wants_signatures(
    place: Place,
    kind: str,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue(kind)
    with pytest.raises(GitFailed, match="wants signed commits") as refused:
        place.publish()
    assert "publish: {sign: ssh}" in refused.value.next_step
    who = "Shop's robot <robot@example.com>"
    for number in range(3):
        place.commit(f"tenant {number}")
        assert place.publish(tenant(number), author=who, sign=kind).commit == place.log()[0]
    told = git(place.remote, "log", "-1", "--format=%an <%ae> %cn <%ce>", "deploy")
    assert told == f"{who} {who}"
    found = verify(Repository(place.clone), "origin", "deploy", lambda *_: tenant(2), kind)
    assert not found


def test_verify_tells_an_unsigned_commit(place: Place, ssh: str) -> None:
    (place.remote / "hooks/pre-receive").unlink()
    place.publish()
    found = verify(Repository(place.clone), "origin", "deploy", lambda *_: compiled().files, ssh)
    assert found.unsigned == (place.log()[0],) and found


def test_who_begins_to_sign_leaves_no_application_on_an_unsigned_commit(
    place: Place, ssh: str
) -> None:
    """Argo CD reads the commits that tags name, and would refuse what did not change since."""
    hooked = place.remote / "hooks/pre-receive"
    hooked.rename(hooked.with_suffix(".aside"))
    place.publish(tenant(1))
    hooked.with_suffix(".aside").rename(hooked)
    place.commit("signed from here on")
    place.publish(tenant(2), sign=ssh)
    for _ in range(2):
        found = verify(Repository(place.clone), "origin", "deploy", lambda *_: tenant(2), ssh)
        assert not found, found
        assert not place.publish(tenant(2), sign=ssh).tags


def test_a_key_that_is_missing_is_told(place: Place) -> None:
    git(place.clone, "config", "user.signingKey", "/none")
    with pytest.raises(Refusal, match="cannot be signed with ssh") as refused:
        place.publish(sign="ssh")
    assert "user.signingKey" in refused.value.next_step


def test_whose_name_it_is(place: Place) -> None:
    repository = Repository(place.clone)
    assert identity(repository, None) == NOBODY
    git(place.clone, "config", "user.name", "A <b>\nc")
    git(place.clone, "config", "user.email", "a@example.com")
    assert identity(repository, None) == "A bc <a@example.com>"
    assert identity(repository, "x <y>") == "x <y>"


def test_a_signature_changes_nothing_else(place: Place, ssh: str) -> None:
    head = git(place.clone, "rev-parse", "HEAD")
    commit = signed(Repository(place.clone), head, ssh, "tests <tests@localhost>")
    form = "--format=%T %P %an %ae %cn %ce %B"
    assert git(place.clone, "log", "-1", form, commit) == git(place.clone, "log", "-1", form, head)
    assert commit != head


def test_an_argo_cd_that_would_demand_nothing() -> None:
    text = "name: shop\nargocd: {repository: https://git.example.com/shop.git, version: '3.4', signatures: sourceIntegrity}\n"
    found = findings({"environments/platform.yaml": text})
    assert [code for code, _, _ in found] == ["GEN104"]


def test_a_server_with_an_address_of_ipv6_is_a_destination() -> None:
    """Argo CD reads destinations as globs, where brackets are a choice of letters."""
    server = "https://[fd00::1]:6443"
    text = f"name: shop\nargocd: {{repository: https://git.example.com/shop.git}}\ncluster: {{server: '{server}'}}\n"
    files = compiled({"environments/platform.yaml": text}).files
    things = [
        thing
        for path in files
        if path.startswith("argocd/")
        for thing in yaml.safe_load_all(files[path])
    ]
    allowed = {
        one["server"]
        for thing in things
        if thing["kind"] == "AppProject"
        for one in thing["spec"]["destinations"]
    }
    assert allowed == {r"https://\[fd00::1\]:6443"}
    named = {t["spec"]["destination"]["server"] for t in things if t["kind"] == "Application"}
    assert named == {server}


def test_projects_ask_argo_cd_for_signatures() -> None:
    platform = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
    keys = "publish: {sign: gpg, keys: [4AEE18F83AFDEB23]}\n"
    newer = (
        'name: shop\nargocd: {repository: "https://git.example.com/sh[o]p.git", '
        "signatures: sourceIntegrity}\n"
    )
    policy = {
        "repos": [{"url": r"https://git.example.com/sh\[o\]p.git"}],
        "gpg": {"mode": "head", "keys": ["4AEE18F83AFDEB23"]},
    }
    for text, wanted in (
        (platform, (None, None)),
        (newer, (None, None)),
        (platform + keys, ([{"keyID": "4AEE18F83AFDEB23"}], None)),
        (newer + keys, (None, {"git": {"policies": [policy]}})),
        (
            newer.replace("signatures: sourceIntegrity", 'version: "3.5"') + keys,
            (None, {"git": {"policies": [policy]}}),
        ),
        (
            platform.replace("{", '{version: "3.4", ') + keys,
            ([{"keyID": "4AEE18F83AFDEB23"}], None),
        ),
    ):
        files = compiled({"environments/platform.yaml": text}).files
        for path in files:
            for thing in yaml.safe_load_all(files[path]) if path.startswith("argocd/") else ():
                if thing["kind"] == "AppProject":
                    spec = thing["spec"]
                    assert (spec.get("signatureKeys"), spec.get("sourceIntegrity")) == wanted

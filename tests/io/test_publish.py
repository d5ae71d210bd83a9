"""The output branch, on real repositories: one commit or none, nothing lost, nothing taken for granted."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import yaml

from generator import __version__
from generator.io.git import GitFailed, Repository, redact
from generator.io.publish import Publication, Receipt, publish
from generator.vocabulary.files import FileSet
from generator.vocabulary.refusal import Refusal
from tests.conftest import compiled, fileset, write

WHO = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")


def git(where: Path, *arguments: str, said: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.run(
        ["git", *WHO, *arguments],
        cwd=where,
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        input=said,
    ).stdout.strip()


class Place:
    """A source clone and its bare remote. All begin alike: they are copies of one, or, where it is
    said, of one whose output has been published."""

    def __init__(self, folder: Path, *, published: bool = False, form: str = "sha1") -> None:
        self.remote, self.clone = folder / "remote.git", folder / "clone"
        template, self.receipt = _published() if published else (_first(form), None)
        subprocess.run(
            ["cp", "-a", template / "remote.git", template / "clone", folder], check=True
        )
        config = self.clone / ".git/config"
        config.write_text(config.read_text().replace(str(template), str(folder)))

    def commit(self, subject: str) -> str:
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "--allow-empty", "-m", subject)
        return git(self.clone, "rev-parse", "HEAD")

    def publish(
        self,
        files: FileSet | None = None,
        render: Callable[[], FileSet] | None = None,
        **settings: object,
    ) -> Receipt:
        chosen = render or (lambda: compiled().files if files is None else files)
        return publish(
            Repository(self.clone), lambda tip: (chosen(), ()), Publication("deploy", **settings)
        )  # type: ignore[arg-type]

    def files(self) -> set[str]:
        return set(git(self.remote, "ls-tree", "-r", "--name-only", "deploy").splitlines())

    def log(self) -> list[str]:
        return git(self.remote, "log", "--format=%H", "deploy").splitlines()

    def by_hand(self, path: str, text: str | None) -> None:
        """Somebody else commits to the output branch."""
        other = self.remote.parent / "other"
        if not other.exists():
            git(self.remote.parent, "clone", "-q", "-b", "deploy", str(self.remote), str(other))
        git(other, "pull", "-q")
        (other / path).parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            (other / path).unlink()
        else:
            (other / path).write_text(text)
        git(other, "add", "-A")
        git(other, "commit", "-q", "-m", "by hand")
        git(other, "push", "-q")


@cache
def _first(form: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="gen-place-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = ("init", "-q", "-b", "main", f"--object-format={form}")
    git(folder, *made, "--bare", "remote.git")
    git(folder, *made, "clone")
    git(folder / "clone", "remote", "add", "origin", str(folder / "remote.git"))
    # A copy has other inodes and other times of change; its files are as clean.
    git(folder / "clone", "config", "core.checkStat", "minimal")
    git(folder / "clone", "config", "core.trustctime", "false")
    for sample in folder.rglob("*.sample"):
        sample.unlink()
    write(folder / "clone")
    git(folder / "clone", "add", "-A")
    git(folder / "clone", "commit", "-q", "-m", "first")
    return folder


@cache
def _published() -> tuple[Path, Receipt]:
    folder = Path(tempfile.mkdtemp(prefix="gen-place-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder, Place(folder).publish()


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def published(tmp_path: Path) -> Place:
    return Place(tmp_path, published=True)


def without(*prefixes: str) -> FileSet:
    from generator.targets.ownership import FOLDER, manifest

    files = {
        path: raw
        for path, raw in compiled().files.items()
        if not path.startswith((*prefixes, FOLDER))
    }
    return fileset(files | {path: text.encode() for path, text in manifest(fileset(files)).items()})


def test_the_first_publish_and_one_without_a_change(place: Place) -> None:
    receipt = place.publish()
    assert place.files() == set(compiled().files)
    assert receipt.commit == place.log()[0] and receipt.tip is None
    message = git(place.remote, "log", "-1", "--format=%(trailers:only,unfold)", "deploy")
    assert message.splitlines() == [f"Gen-Source: {receipt.source}", f"Gen-Version: {__version__}"]
    place.commit("nothing for the output")
    assert place.publish().commit is None
    assert len(place.log()) == 1
    git(place.remote, "fsck", "--strict")


def test_pruning_takes_what_is_gens_and_leaves_what_is_not(published: Place) -> None:
    published.by_hand("README.md", "mine")
    published.by_hand("overlays/test/login/notes.txt", "mine too")
    published.commit("next")
    receipt = published.publish(without("overlays/test/login/"))
    assert {"README.md", "overlays/test/login/notes.txt"} <= published.files()
    assert set(receipt.deleted) == {
        path for path in compiled().files if path.startswith("overlays/test/login/")
    }


@pytest.mark.parametrize("text", ["edited", None])
def test_a_hand_edit_is_refused_and_can_be_adopted(published: Place, text: str | None) -> None:
    published.by_hand("argocd/root.yaml", text)
    published.commit("next")
    with pytest.raises(Refusal, match=r"argocd/root.yaml.*by hand") as refused:
        published.publish()
    assert refused.value.exit_code == 4 and "--adopt" in refused.value.next_step
    published.publish(adopt=True)
    assert (
        git(published.remote, "show", "deploy:argocd/root.yaml")
        == compiled().files["argocd/root.yaml"].decode().strip()
    )


def test_a_foreign_file_where_gen_writes_is_refused(place: Place) -> None:
    place.publish(without("overlays/perf/"))
    place.by_hand("overlays/perf/baseline/kustomization.yaml", "mine")
    place.commit("next")
    with pytest.raises(Refusal, match="not gen's"):
        place.publish()


def test_a_link_where_gen_writes_is_refused(place: Place) -> None:
    place.publish(without("overlays/perf/"))
    other = place.remote.parent / "other"
    git(place.remote.parent, "clone", "-q", "-b", "deploy", str(place.remote), str(other))
    (other / "overlays/perf").symlink_to("/etc")
    git(other, "add", "-A")
    git(other, "commit", "-q", "-m", "link")
    git(other, "push", "-q")
    with pytest.raises(Refusal, match="is a link"):
        place.publish(adopt=True)


@pytest.mark.parametrize(
    "path", ["overlays/perf", "overlays/perf/baseline/kustomization.yaml/notes.txt"]
)
def test_a_foreign_file_in_the_place_of_a_folder_is_never_lost(place: Place, path: str) -> None:
    place.publish(without("overlays/perf/"))
    place.by_hand(path, "mine")
    place.commit("next")
    with pytest.raises(Refusal, match="not gen's"):
        place.publish(adopt=True)
    assert path in place.files()


def test_deleting_an_environment_needs_its_name(published: Place) -> None:
    published.commit("next")
    gone = without("overlays/perf/", "argocd/applications/perf/", "argocd/projects/perf")
    with pytest.raises(Refusal, match="the whole of perf") as refused:
        published.publish(gone)
    assert refused.value.next_step.endswith("--allow-deletes perf")
    published.publish(gone, allow_deletes=("perf",))
    assert not any(path.startswith("overlays/perf/") for path in published.files())


def test_a_large_deletion_is_refused(published: Place) -> None:
    published.commit("next")
    few = without(
        "overlays/test/mesh/services",
        "overlays/test/login/",
        "overlays/perf/mesh/services",
        "overlays/base/",
        "argocd/applications/",
    )
    with pytest.raises(Refusal, match="more than 10 %"):
        published.publish(few, deletions=10)
    assert published.publish(few, deletions=10, allow_deletes=("files",)).deleted


def test_an_older_source_after_a_newer_one_is_no_op(place: Place) -> None:
    place.commit("second")
    place.publish()
    git(place.clone, "checkout", "-q", "HEAD~1")
    with pytest.raises(Refusal, match="newer source is already published") as refused:
        place.publish(without("overlays/perf/"))
    assert refused.value.exit_code == 5 and len(place.log()) == 1


def test_another_line_of_history_is_refused(published: Place) -> None:
    git(published.clone, "checkout", "-q", "--orphan", "elsewhere")
    published.commit("unrelated")
    with pytest.raises(Refusal, match="not an ancestor"):
        published.publish()


def test_a_shallow_clone_is_told_to_deepen(published: Place, tmp_path: Path) -> None:
    published.commit("second")
    git(published.clone, "push", "-q", "origin", "main")
    git(
        tmp_path,
        "clone",
        "-q",
        "--depth",
        "1",
        f"file://{published.remote}",
        str(tmp_path / "shallow"),
    )
    with pytest.raises(Refusal) as refused:
        publish(
            Repository(tmp_path / "shallow"),
            lambda tip: (compiled().files, ()),
            Publication("deploy"),
        )
    assert "--unshallow" in refused.value.next_step


def test_a_rival_that_comes_first_makes_it_render_again(published: Place) -> None:
    published.commit("second")
    rendered = 0

    def render() -> FileSet:
        nonlocal rendered
        rendered += 1
        if rendered == 1:
            published.by_hand("README.md", "came first")
        return without("overlays/test/login/")

    receipt = published.publish(render=render)
    assert rendered == receipt.attempts == 2
    assert len(published.log()) == 3 and "README.md" in published.files()
    assert git(published.remote, "log", "--merges", "--format=%h", "deploy") == ""


def test_a_push_that_a_hook_declines_is_told(place: Place) -> None:
    hook = place.remote / "hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho no deployments on Fridays >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(GitFailed, match="no deployments on Fridays"):
        place.publish()


def test_a_dry_run_writes_nothing(place: Place) -> None:
    assert place.publish(dry_run=True).added
    assert git(place.remote, "for-each-ref") == ""


def test_uncommitted_input_is_refused_and_the_clone_is_left_alone(place: Place) -> None:
    before = git(place.clone, "status", "--porcelain=v2", "--branch")
    place.publish()
    assert git(place.clone, "status", "--porcelain=v2", "--branch") == before
    (place.clone / "environments/lanes/.new.yaml.swp").write_text("an editor's")
    place.publish()
    (place.clone / "environments/lanes/new.yaml").write_text("through: [test]\n")
    for ignored in ("", "new.yaml\n"):
        (place.clone / ".git/info/exclude").write_text(ignored)
        with pytest.raises(Refusal, match=r"environments/lanes/new\.yaml differs from"):
            place.publish()
    for name in ("newer", "older"):
        (place.clone / f"environments/lanes/{name}.yaml").write_text("through: [test]\n")
    with pytest.raises(Refusal, match=r"\.yaml and 2 more differ from"):
        place.publish()


def test_the_source_branch_is_never_the_output(place: Place) -> None:
    with pytest.raises(Refusal, match="checked out"):
        publish(Repository(place.clone), lambda tip: (FileSet(), ()), Publication("main"))


def test_a_branch_that_holds_a_configuration_is_never_the_output(place: Place) -> None:
    git(place.clone, "push", "-q", "origin", "main:prod")
    with pytest.raises(Refusal, match="holds a configuration"):
        publish(Repository(place.clone), lambda tip: (compiled().files, ()), Publication("prod"))


@pytest.mark.parametrize(
    "branch", ["-f", "--upload-pack=x", "a..b", "a b", "a/.b", "x.lock", "refs/heads/../x", ""]
)
def test_odd_branches_are_refused(place: Place, branch: str) -> None:
    with pytest.raises(Refusal):
        publish(Repository(place.clone), lambda tip: (FileSet(), ()), Publication(branch))


@pytest.mark.parametrize(
    "remote", ["--upload-pack=touch x", "ext::sh -c touch% x", "https://example.com/x", "nowhere"]
)
def test_odd_remotes_are_refused(place: Place, remote: str) -> None:
    with pytest.raises(Refusal, match="no remote"):
        place.publish(remote=remote)


def test_hooks_configuration_and_variables_lead_nowhere(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap"
    for hook in ("pre-push", "post-checkout", "reference-transaction", "pre-commit"):
        (place.clone / ".git/hooks").mkdir(exist_ok=True)
        (place.clone / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {trap}\n")
        (place.clone / ".git/hooks" / hook).chmod(0o755)
    git(place.clone, "config", "core.fsmonitor", f"touch {trap}")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\tsshCommand = touch {trap}\n[alias]\n\tfetch = !touch {trap}\n"
    )
    for name, value in {
        "GIT_DIR": "/nonexistent",
        "GIT_WORK_TREE": "/",
        "GIT_INDEX_FILE": str(tmp_path / "index"),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        "GIT_EXEC_PATH": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    place.publish()
    assert not trap.exists() and len(place.log()) == 1


def test_a_newline_in_a_subject_forges_no_trailer(place: Place) -> None:
    place.commit("subject\rGen-Source: " + "0" * 40 + "\n\nGen-Source: " + "1" * 40)
    receipt = place.publish()
    assert (
        git(place.remote, "log", "-1", "--format=%(trailers:key=Gen-Source,valueonly)", "deploy")
        == receipt.source
    )


def test_tokens_are_not_told(place: Place) -> None:
    git(place.clone, "remote", "set-url", "origin", "https://user:s3cr3t@127.0.0.1:9/x.git")
    with pytest.raises(GitFailed) as failed:
        place.publish()
    assert "s3cr3t" not in str(failed.value)
    assert redact("fatal: https://x:y@host/z") == "fatal: https://***@host/z"


def test_applications_have_a_budget_of_their_own(place: Place) -> None:
    branches = {
        f"environments/test/branches/b{number}.yaml": "runs: {api: {tag: v}}\n"
        for number in range(4)
    }
    many = compiled(branches).files
    place.publish(many)
    with pytest.raises(Refusal, match="4 of 15 applications"):
        place.publish(deletions=25)
    with pytest.raises(Refusal, match="3 of"):
        place.publish(deletions=15, allow_deletes=("test/b0",))
    assert place.publish(
        deletions=0, allow_deletes=tuple(f"test/b{number}" for number in range(4))
    ).deleted


def test_one_unit_may_always_leave(place: Place) -> None:
    place.publish(compiled({"environments/test/branches/b.yaml": "runs: {api: {tag: v}}\n"}).files)
    assert [path for path in place.publish().deleted if path.startswith("argocd/")] == [
        "argocd/applications/test/b.yaml"
    ]


def test_adopted_files_are_named(published: Place) -> None:
    published.by_hand("argocd/root.yaml", "x: 1\n")
    receipt = published.publish(adopt=True)
    assert receipt.adopted == ("argocd/root.yaml",) and receipt.commit


def test_verify_tells_what_is_not_gens(
    place: Place, gen: Callable[..., tuple[int, str, str]]
) -> None:
    ask = lambda: gen("-C", place.clone, "verify", "--branch", "deploy")  # noqa: E731
    assert ask()[0] == 16 and "there is no branch deploy" in ask()[2]
    place.publish()
    source = git(place.clone, "rev-parse", "HEAD")[:10]
    assert ask() == (0, f"origin/deploy holds exactly what {source} says\n", "")
    place.by_hand("argocd/root.yaml", "x: 1\n")
    place.by_hand("overlays/perf/mesh/hosts.yaml", None)
    place.by_hand("overlays/test/mesh/mine.yaml", "x: 1\n")
    place.by_hand("README.md", "not in gen's places\n")
    (
        place.clone / "environments/tenants/acme.yaml"
    ).unlink()  # what the branch was published from counts
    place.commit("later")
    code, out, _ = ask()
    assert code == 16 and [line.split() for line in out.splitlines()[:3]] == [
        ["missing", "overlays/perf/mesh/hosts.yaml"],
        ["changed", "argocd/root.yaml"],
        ["foreign", "overlays/test/mesh/mine.yaml"],
    ]
    assert (
        '"foreign": ["overlays/test/mesh/mine.yaml"]'
        in gen("-C", place.clone, "verify", "--branch", "deploy", "--format", "json")[1]
    )


def test_verify_shows_the_text_of_the_commit_that_it_is_about(
    place: Place, gen: Callable[..., tuple[int, str, str]]
) -> None:
    tenant = place.clone / "environments/tenants/acme.yaml"
    good = tenant.read_text()
    tenant.write_text("# first line\n# second line\n" + good.replace("test/login", "test/logon"))
    source = place.commit("not valid any longer")
    place.publish()
    tenant.write_text("# nothing of it\n" * 5 + good)
    place.commit("mended")
    code, out, err = gen("-C", place.clone, "verify", "--branch", "deploy")
    assert code == 1 and out == "" and f"in {source[:10]}, from which" in err
    assert "lane: test/logon" in err and "acme.yaml:4:" in err and "nothing of it" not in err
    tenant.write_text(good.replace("test/login", "test/lagoon"))  # what is here comes first
    err = gen("-C", place.clone, "verify", "--branch", "deploy")[2]
    assert "lane: test/lagoon" in err and "from which" not in err


def pins(place: Place) -> dict[str, str]:
    """Tag → commit at the remote."""
    lines = git(
        place.remote, "for-each-ref", "--format=%(refname) %(objectname)", "refs/tags/gen"
    ).splitlines()
    return dict(line.split() for line in lines)


def test_every_application_but_the_root_is_pinned_to_a_tag_with_its_content(
    published: Place,
) -> None:
    files = compiled().files
    applications = [
        yaml.safe_load(raw)["spec"]["source"]
        for path, raw in files.items()
        if path.startswith("argocd/applications/")
    ]
    assert {source["targetRevision"] for source in applications} == set(pins(published))
    for source in applications:
        held = git(
            published.remote,
            "ls-tree",
            "-r",
            "--name-only",
            source["targetRevision"],
            source["path"] + "/",
        ).splitlines()
        assert held and all(
            git(published.remote, "show", f"{source['targetRevision']}:{path}")
            == files[path].decode().strip()
            for path in held
        )


def test_pins_move_with_what_they_pin_and_go_when_nothing_can_name_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.io.tags.SECONDS", -1)
    monkeypatch.setattr("generator.io.tags.TREES", 0)
    place.publish()
    first = pins(place)
    place.publish(
        compiled(
            {"environments/tenants/new.yaml": "match: [{header: {x-tenant: new}}]\nlane: test\n"}
        ).files
    )
    second = pins(place)
    assert [name.split("/")[4] for name in second.keys() - first.keys()] == [
        "edge"
    ] and first.items() <= second.items()
    place.publish(
        compiled(
            {
                "environments/tenants/newer.yaml": "match: [{header: {x-tenant: newer}}]\nlane: test\n"
            }
        ).files
    )
    third = pins(place)
    assert [name for name in first if name not in third] == [
        name for name in first if "/edge/" in name
    ]
    place.publish()  # and back: its tag is there again
    assert first.keys() <= pins(place).keys()


def test_a_tag_that_was_lost_is_pushed_again_though_nothing_else_differs(published: Place) -> None:
    lost = min(pins(published))
    git(published.remote, "update-ref", "-d", lost)
    assert published.publish(dry_run=True).tags == (lost,) and lost not in pins(published)
    receipt = published.publish()
    assert (
        receipt.commit is None
        and receipt.tags == (lost,)
        and pins(published)[lost] == git(published.remote, "rev-parse", "deploy")
    )


def test_a_tag_that_was_moved_is_put_back_and_told(
    place: Place, gen: Callable[..., tuple[int, str, str]]
) -> None:
    """At an older commit of the branch, at one that this clone does not know, and at a foreign tag object."""
    ask = lambda *words: gen("-C", place.clone, *words, "--branch", "deploy")  # noqa: E731
    place.publish(
        compiled(
            {"environments/tenants/new.yaml": "match: [{header: {x-tenant: new}}]\nlane: test\n"}
        ).files
    )
    place.publish()
    was, edge = (
        pins(place),
        next(
            name
            for name in pins(place)
            if "/edge/" in name and pins(place)[name] == git(place.remote, "rev-parse", "deploy")
        ),
    )
    unknown = git(place.remote, "commit-tree", "-m", "x", git(place.remote, "mktree"))
    annotated = git(place.remote, "tag", "-a", "-m", "x", "aside", "deploy~1") or git(
        place.remote, "rev-parse", "aside"
    )
    for target in (git(place.remote, "rev-parse", "deploy~1"), unknown, annotated):
        git(place.remote, "update-ref", edge, target)
        code, out, _ = ask("verify")
        assert code == 16 and out.splitlines()[0].split() == ["changed", edge]
        assert f"+ {edge}" in ask("publish", "--dry-run")[1] and pins(place)[edge] == target
        assert "no commit; tags of Applications that were put back: 1" in ask("publish")[1]
        assert pins(place) == was and ask("verify")[0] == 0
    git(
        place.remote,
        "update-ref",
        edge,
        git(place.remote, "commit-tree", "-m", "same content", "deploy^{tree}"),
    )
    place.by_hand(
        "overlays/edge/foreign.yaml", "x: 1\n"
    )  # the tip's own folder differs now, the tag's does not
    git(place.clone, "fetch", "-q", "origin", f"+{edge}:refs/here")
    assert place.publish().tags == ()


def test_a_tag_that_reads_an_older_base_is_put_back(place: Place) -> None:
    """The Application's own folder is the same there; what its kustomization reads beside it is not."""
    path, old = next(
        (path, raw) for path, raw in compiled().files.items() if path.startswith("overlays/base/")
    )
    files = dict(compiled().files)
    place.publish(fileset(files | {path: old + b"# old\n"}))
    assert {name.split("/")[5] for name in place.publish(adopt=True).tags} == {
        "baseline",
        "login",
    }  # such tags hold what their names do not say
    reads = [
        source["targetRevision"]
        for source in (
            yaml.safe_load(raw)["spec"]["source"]
            for name, raw in files.items()
            if name.startswith("argocd/applications/test/base")
        )
    ]
    git(place.remote, "update-ref", reads[0], "deploy~1")
    assert place.publish().tags == (reads[0],) and place.publish().tags == ()


def test_tags_of_other_branches_and_of_people_stay(published: Place) -> None:
    for name in (
        "refs/tags/v1",
        "refs/tags/gen/deploy@eu/edge/0123456789abcdef",
        "refs/tags/gen/other/edge/0123456789abcdef",
    ):
        git(published.remote, "update-ref", name, "deploy")
    for number in range(3):
        published.publish(
            compiled(
                {
                    "environments/tenants/new.yaml": f"match: [{{header: {{x-tenant: n{number}}}}}]\nlane: test\n"
                }
            ).files
        )
    assert {
        "refs/tags/gen/deploy@eu/edge/0123456789abcdef",
        "refs/tags/gen/other/edge/0123456789abcdef",
    } <= pins(published).keys() and git(published.remote, "rev-parse", "v1")


def test_the_remote_is_asked_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question is a round trip: one for the branch and its tags together, and then what is to be brought or taken."""
    asked, original = list[str](), Repository.try_git
    monkeypatch.setattr(
        Repository,
        "try_git",
        lambda self, *words, **more: asked.append(words[0]) or original(self, *words, **more),
    )
    for render, expected in (
        (compiled().files, ["ls-remote", "push"]),
        (compiled().files, ["ls-remote"]),
        (without("argocd/applications/perf/b"), ["ls-remote", "push"]),
    ):
        asked.clear()
        place.publish(render, allow_deletes=("perf",))
        assert [word for word in asked if word in ("ls-remote", "fetch", "push")] == expected


def test_a_name_of_a_ref_forges_no_other(place: Place) -> None:
    """Names may hold what Python takes for blanks and ends of lines; git does not."""
    git(place.clone, "push", "-q", "origin", "main")
    real, evil = git(place.remote, "rev-parse", "main"), place.commit("evil")
    git(
        place.clone,
        "push",
        "-q",
        "origin",
        f"HEAD:refs/heads/x\u2028{evil}\u3000refs/heads/main\u2028z\u3000z/refs/heads/main",
    )
    assert Repository(place.clone).remote_tip("origin", "main") == real
    with pytest.raises(Refusal, match="is not on main"):
        place.publish(only_from="main")
    git(place.clone, "reset", "-q", "--hard", real)
    place.publish()
    git(place.remote, "update-ref", "refs/tags/gen/deploy/a\u3000b", "deploy")
    place.publish(without("argocd/applications/perf/b"), allow_deletes=("perf",))


def test_a_tag_that_was_named_a_moment_ago_stays(place: Place) -> None:
    """A root that waits still names it."""
    place.publish()
    before = set(git(place.remote, "tag").splitlines())
    path = "environments/test/branches/login.yaml"
    (place.clone / path).write_text("runs:\n  api: {tag: b2}\n")
    place.commit("another version")
    receipt = place.publish(compiled({path: "runs:\n  api: {tag: b2}\n"}).files)
    assert receipt.tags and not receipt.stale
    (place.clone / path).write_text("runs:\n  api: {tag: b3}\n")
    place.commit("and another")
    place.publish(compiled({path: "runs:\n  api: {tag: b3}\n"}).files)
    assert before < set(git(place.remote, "tag").splitlines())

"""What is kept between runs is a shortcut, and can only be right."""

from __future__ import annotations

import errno
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import generator
from generator.compiler.compile import compile_sources, valid
from generator.io import built, cache, saved_form
from generator.io.cache import Saved, learned, load, save
from generator.io.folder import Folder, look
from generator.io.stamps import settled, stamp
from generator.io.tree import read_sources
from tests.compiler.test_memory import JWT, edit
from tests.conftest import TOP, Files, write

Gen = Callable[..., tuple[int, str, str]]
ACME = "environments/tenants/acme.yaml"


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, that keeps whatever is learned."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(cache, "WORTH", 0)
    return tmp_path / "cache/gen"


def tick() -> None:
    """Until what was written is older than any tick of the clock of files."""
    time.sleep(0.04)


def keep(root: Path) -> Saved:
    """One run that keeps what it learned."""
    tick()
    before = load(root)
    compiled = valid(compile_sources(read_sources(root, before.seen), memory=before.memory))
    compiled.files  # noqa: B018 (made, and so remembered)
    if kept := learned(before, compiled, {}):
        save(root, kept)
    return load(root)


def tree(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def lay(root: Path, files: Files, before: Files) -> None:
    for path in before.keys() - files.keys():
        (root / path).unlink()
    for path, text in files.items():
        if before.get(path) != text and text is not None:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)


@pytest.mark.parametrize("seed", range(2))
def test_with_a_cache_every_byte_is_the_same(tmp_path: Path, gen: Gen, seed: int) -> None:
    dice, files, used = random.Random(seed), dict[str, str | None](JWT), 0
    root, warm, cold = write(tmp_path / "r", files), tmp_path / "warm", tmp_path / "cold"
    for _ in range(12):
        before = dict(files)
        edit(files, dice)
        lay(root, files, before)
        if dice.random() < 0.7:
            tick()
        if dice.random() < 0.2:
            (warm / "argocd/root.yaml").write_text("by hand\n") if warm.exists() else None
        used += load(root).memory is not None
        told = gen("-C", root, "validate", "--format", "json")
        assert told == gen("--no-cache", "-C", root, "validate", "--format", "json")
        built = gen("-C", root, "build", "--out", warm)
        assert built[0] == gen("--no-cache", "-C", root, "build", "--out", cold)[0] == told[0]
        assert told[0] or tree(warm) == tree(cold)
        if told[0]:
            files, now = before, dict(files)
            lay(root, files, now)
    assert used


def test_what_was_damaged_or_forged_is_not_believed(tmp_path: Path, own: Path) -> None:
    root = write(tmp_path / "r")
    assert keep(root).memory
    entry = next(own.glob("*.kept"))
    whole, dice = entry.read_bytes(), random.Random(1)
    for _ in range(60):
        broken = bytearray(whole)
        broken[dice.randrange(len(whole))] ^= 1 << dice.randrange(8)
        entry.write_bytes(broken)
        assert load(root) == Saved()
    for part in (b"", whole[:20], whole[:-1], whole + b"x"):
        entry.write_bytes(part)
        assert load(root) == Saved()
    entry.write_bytes(whole)
    assert load(root).memory
    (tmp_path / "state/gen/key").write_bytes(bytes(32))  # as on another machine
    assert load(root) == Saved()


def test_another_gen_or_another_repository_is_not_believed(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, other = write(tmp_path / "r"), write(tmp_path / "other")
    keep(root)
    entry = next(own.glob("*.kept"))
    keep(other)
    next(path for path in own.glob("*.kept") if path != entry).write_bytes(entry.read_bytes())
    assert load(root).memory and load(other) == Saved()
    monkeypatch.setattr(cache, "_code", lambda: "newer")
    assert load(root) == Saved()


def test_the_cache_knows_all_that_gen_says_and_knows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Path(generator.__file__).parent
    for path in own.rglob("*"):
        if path.is_file() and "starter" not in path.parts and path.suffix not in (".pyc", ""):
            there = tmp_path / "gen" / path.relative_to(own)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())
    monkeypatch.setattr(generator, "__file__", str(tmp_path / "gen/__init__.py"))
    one = {path.suffix: path for path in (tmp_path / "gen").rglob("*.*") if path.is_file()}
    assert {".py", ".lua", ".deflate"} <= set(one)
    for path in one.values():
        before = cache._code()
        path.write_bytes(path.read_bytes() + b"\n")
        assert cache._code() != before, path


@pytest.mark.parametrize("whole", ["older", "cut", "longer"])
def test_another_form_is_read_as_empty(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch, whole: str
) -> None:
    """The seal of what this gen wrote is right; its form is not."""
    root = write(tmp_path / "r")
    content = cache.packed(keep(root))
    assert content.startswith(saved_form.VERSION)
    other = {"older": b"gen kept 0" + content[10:], "cut": content[:-1], "longer": content + b"x"}
    with monkeypatch.context() as patch:
        patch.setattr(cache, "packed", lambda _: other[whole])
        save(root, Saved())
    assert next(own.glob("*.kept")).stat().st_size > len(content) and load(root) == Saved()


def test_links_and_other_peoples_files_are_not_opened(tmp_path: Path, own: Path) -> None:
    root = write(tmp_path / "r")
    keep(root)
    entry = next(own.glob("*.kept"))
    entry.chmod(0o644)
    assert load(root) == Saved()
    entry.chmod(0o600)
    entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(tmp_path / "elsewhere")
    assert load(root) == Saved()
    entry.unlink()
    own.chmod(0o777)
    assert keep(root) == Saved() and not list(own.iterdir())


@pytest.mark.parametrize("call", ["os.replace", "tempfile.mkstemp", "os.fdopen"])
def test_a_full_disk_costs_time_only(
    tmp_path: Path, own: Path, gen: Gen, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    root = write(tmp_path / "r")
    keep(root)
    before = tree(own)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    save_only = learned(Saved(), valid(compile_sources(read_sources(root, {}))), {})
    with monkeypatch.context() as patch:
        patch.setattr(call, full)
        save(root, save_only or Saved())
    assert {path: raw for path, raw in tree(own).items() if path in before} == before
    assert load(root).memory
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/none")
    assert gen("-C", root, "build", "--out", tmp_path / "out")[0] == 0


def test_what_dead_runs_left_is_swept_and_the_oldest_go(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roots = [write(tmp_path / name) for name in "abc"]
    keep(roots[0])
    (own / "new-dead").write_bytes(b"half")
    os.utime(own / "new-dead", (0, 0))
    (own / "new-alive").write_bytes(b"half")
    monkeypatch.setattr(cache, "MOST", 2 * next(own.glob("*.kept")).stat().st_size + 2000)
    for root in roots[1:]:
        keep(root)
    assert not (own / "new-dead").exists() and (own / "new-alive").exists()
    assert [load(root).memory is not None for root in roots] == [False, True, True]


def test_runs_at_once_and_runs_that_are_killed(tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    code = (
        "import sys; from generator.io import cache; cache.WORTH = 0\n"
        "from generator.command.main import run\n"
        "while True: run(['-C', sys.argv[1], 'validate'])\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(root)], cwd=TOP, stdout=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    believed, patience = 0, time.monotonic() + 60
    while load(root).memory is None and time.monotonic() < patience:
        time.sleep(0.1)
    for number in range(20):
        (root / ACME).write_text(f"match: [{{header: {{x-tenant: t{number}}}}}]\nlane: test\n")
        time.sleep(0.02)
        if memory := load(root).memory:
            believed += 1
            assert all(
                identifier.isalnum() and tenant.name == "acme"
                for identifier, tenant in zip(
                    memory.tenants.ids.values(), memory.tenants.tenants.values(), strict=True
                )
            )
        if number == 12:
            runs[0].kill()
    for process in runs:
        process.kill()
        process.wait()
    assert believed
    assert keep(root).memory


def test_a_change_in_the_same_tick_is_seen(tmp_path: Path) -> None:
    """Nothing is believed of a file that changed so short ago that another change would look the same."""
    root = write(tmp_path / "r")
    sources = read_sources(root, {})
    assert not {
        path
        for path, (mark, _) in sources.files.seen.items()
        if settled(mark, sources.files.when - 60 * 10**9)
    }  # type: ignore[attr-defined]
    before = (root / ACME).read_text()
    kept = keep(root)
    assert ACME in kept.seen
    times = (root / ACME).stat()
    (root / ACME).write_text(before.replace("acme", "acne"))
    os.utime(root / ACME, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert read_sources(root, kept.seen).files[ACME] == before.replace("acme", "acne").encode()


def test_coarse_clocks_are_given_time() -> None:
    now = 1_800_000_000_000_000_000
    assert settled((1, now - 50_000_001, now - 50_000_001, 1, 1), now)
    assert not settled((1, now - 20_000_001, now - 20_000_001, 1, 1), now)
    assert not settled(
        (1, now - 1_000_000_000, now - 1_000_000_000, 1, 1), now
    )  # whole seconds: FAT, HFS+
    assert not settled((1, now + 5, now + 5, 1, 1), now)  # a clock that went back


def test_a_hand_edit_of_the_output_is_undone_with_a_cache(tmp_path: Path, gen: Gen) -> None:
    root, out = write(tmp_path / "r"), tmp_path / "out"
    gen("-C", root, "build", "--out", out)
    tick()
    gen("-C", root, "build", "--out", out)
    whole, path = tree(out), out / "overlays/test/mesh/hosts.yaml"
    times = path.stat()
    for edited in (path.read_bytes().replace(b"test", b"tset"), b"", None):
        if edited is None:
            path.unlink()
        else:
            path.write_bytes(edited)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        tick()
        assert gen("-C", root, "build", "--out", out, "--check")[0] == 16
        gen("-C", root, "build", "--out", out)
        assert tree(out) == whole
    path.unlink()
    path.symlink_to(tmp_path / "r" / ACME)
    assert gen("-C", root, "build", "--out", out)[0] == 0
    assert tree(out) == whole and not path.is_symlink()
    (out / "overlays/mine.yaml").write_text("mine\n")
    assert gen("-C", root, "build", "--out", out)[0] == 1


def test_one_tenant_touches_its_own_files_only(tmp_path: Path, gen: Gen) -> None:
    root, out = write(tmp_path / "r"), tmp_path / "out"
    gen("-C", root, "build", "--out", out)
    before = {path: stamp(path.lstat()) for path in out.rglob("*") if path.is_file()}
    (root / ACME).write_text("match: [{header: {x-tenant: acme}}]\nlane: perf\n")
    assert gen("-C", root, "build", "--out", out)[1].count("3 of") == 1
    assert {
        str(path.relative_to(out)) for path, mark in before.items() if stamp(path.lstat()) != mark
    } == {".gen/owned/overlays-edge", "argocd/applications/edge.yaml", "overlays/edge/tenants.yaml"}


# To load them takes longer than all else that a tenant's change costs: the library of the models,
# what judges manifests, the rules that no tenant can break.
SLOW = {"pydantic", "generator.manifests.walk", "generator.compiler.check.rules"}


def test_one_tenant_loads_nothing_slow(tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    run = f"import sys; from generator.command.main import run; code = run(); print(len({SLOW} & sys.modules.keys())); sys.exit(code)"
    said = []
    for lane in ("test", "perf"):
        (root / ACME).write_text(f"match: [{{header: {{x-tenant: acme}}}}]\nlane: {lane}\n")
        tick()
        done = [
            subprocess.run(
                [sys.executable, "-c", run, "-C", str(root), verb],
                capture_output=True,
                text=True,
                cwd=TOP,
                check=True,
            ).stdout
            for verb in ("validate", "build")
        ]
        said.append([out.splitlines()[-1] for out in done])
    assert said == [["3", "0"], ["0", "0"]]


def test_what_is_quickly_read_again_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "r")
    keep(root)
    monkeypatch.setattr(cache, "WORTH", 0.5)
    said = {}
    for models in (True, False):
        monkeypatch.setattr(cache, "_modelled", lambda models=models: models)
        (root / ACME).write_text(f"match: [{{header: {{x-tenant: a{models}}}}}]\nlane: test\n")
        tick()
        before = load(root)
        sources = read_sources(root, before.seen)
        said[models] = learned(before, valid(compile_sources(sources, memory=before.memory)), {})
    assert said[True] is not None
    assert said[False] is None


def test_what_is_linked_is_listed(tmp_path: Path) -> None:
    """A build that writes more than a few files links the others. The next one took these for missing, and what left the
    plan then could have stayed."""
    root, out = write(tmp_path / "r"), tmp_path / "out"
    first = built.write(out, valid(compile_sources(read_sources(root))).files, Folder())
    (root / "environments/test/branches/login.yaml").write_text("runs:\n  web: {tag: b2}\n")
    second = built.write(out, valid(compile_sources(read_sources(root))).files, first.there)
    assert len(second) > built.FEW and len(second) < len(tree(out))
    assert look(out, second.there).files.keys() == tree(out).keys()
    assert not built.write(out, valid(compile_sources(read_sources(root))).files, second.there)


def test_only_so_many_repositories_are_remembered(
    tmp_path: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "REPOSITORIES", 2)
    roots = [write(tmp_path / name) for name in "abc"]
    for root in roots:
        keep(root)
    assert [load(root).memory is not None for root in roots] == [False, True, True]


def test_a_file_that_changes_under_a_run_is_refused(tmp_path: Path) -> None:
    root = write(tmp_path / "r")
    kept = keep(root)
    sources = read_sources(root, kept.seen)
    (root / ACME).write_text("lane: test\n")
    with pytest.raises(Exception, match="changed while gen worked"):
        sources.files[ACME]


def test_an_output_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert look(tmp_path / "none", Folder()).files == {}

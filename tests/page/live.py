"""`gen serve` in a real Chromium: what is saved is shown in half a second beyond its compile, what is
broken leaves what was valid, and no other site, name or text gets anywhere."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

from bench.city import Size, city
from bench.city import write as write_city
from tests.conftest import TOP
from tests.page.driver import Browser

BRANCH = "environments/test/branches/accounts/feature-login.yaml"
MOST = (
    0.5  # seconds from a save to the page, beyond the compile; on a busy machine those of a build
)
# Builds of the same edit that a save in a city may take until it is seen, and until it is told whose
# answers it changes: no figure in seconds holds on every machine.
SEEN, TOLD, ROUNDS = 1.0, 1.5, 5
AFTER = """
const [word, done] = arguments;
const there = () => {
  const told = document.getElementById("live-state").textContent;
  if (!document.getElementById("main").textContent.includes(word) || !told.startsWith("Valid")) return false;
  requestAnimationFrame(() => done([Date.now(), Number(/compiled in ([0-9.]+) s/.exec(told)[1])]));
  return true;
};
if (!there()) {
  const eye = new MutationObserver(() => { if (there()) eye.disconnect(); });
  eye.observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""
# What a page of another site tries, with the address in hand.
TRIED = """
const [url, done] = arguments;
const results = {};
const element = (tag, attributes) => new Promise((answer) => {
  const one = document.createElement(tag);
  one.onload = () => answer("loaded");
  one.onerror = () => answer("error");
  Object.assign(one, attributes);
  document.body.append(one);
});
const heard = () => new Promise((answer) => {
  const stream = new EventSource(`${url}events`);
  stream.addEventListener("state", () => answer("heard"));
  stream.addEventListener("error", () => { stream.close(); answer("error"); });
});
const framed = () => new Promise((answer) => {
  const frame = document.createElement("iframe");
  frame.onload = () => { try { answer(frame.contentDocument ? "read" : "error"); } catch { answer("error"); } };
  frame.src = url;
  document.body.append(frame);
});
Promise.all([
  fetch(url).then(() => "read", () => "error"),
  fetch(url, { mode: "no-cors" }).then((answer) => answer.type === "opaque" ? "error" : "read", () => "error"),
  fetch(url, { method: "POST", mode: "no-cors", body: "x" }).then((answer) => answer.type === "opaque" ? "error" : "read", () => "error"),
  heard(), element("script", { src: url }), element("img", { src: url }), framed(),
]).then((found) => done(found));
"""


@contextmanager
def serving(root: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a live page over a clone, once its first state is there."""
    words = [sys.executable, "-m", "generator", "-C", str(root), "serve", "--port", "0", "--format", "json"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=TOP) as run:
        assert run.stdout
        url = json.loads(run.stdout.readline())["url"]
        assert json.loads(run.stdout.readline())["valid"]
        threading.Thread(target=run.stdout.read, daemon=True).start()
        try:
            yield url, run
        finally:
            run.send_signal(signal.SIGINT)
            assert run.wait(20) == 0


def clone(root: Path) -> Path:
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.email=a@example.com", "-c", "user.name=a", "commit", "-qm", "first"]):  # fmt: skip
        subprocess.run(["git", "-C", str(root), *words], check=True)
    return root


def example(folder: Path) -> Path:
    for name in ("environments", "overlays"):
        shutil.copytree(TOP / name, folder / name)
    return clone(folder)


def saved(browser: Browser, file: Path, before: str, after: str) -> tuple[float, float]:
    """Seconds from a save until it is seen, and those that its compile took."""
    text = file.read_text()
    assert before in text
    begun = time.time()
    file.write_text(text.replace(before, after))
    shown, took = browser.wait(AFTER, after)
    return shown / 1000 - begun, took


def live(browser: Browser, folder: Path, size: Fraction, readable: Callable[[str], None]) -> None:
    """All of it; `size` is that of the city, `readable` holds what is shown to axe's rules."""
    root = example(folder / "live")
    with serving(root) as (url, run):
        quick(browser, root, url)
        kept(browser, root, url)
        looks(browser, root, url, readable)
        hostile(browser, root, url)
        strangers(browser, url)
        browser.open(url, "#environments")
        run.send_signal(signal.SIGINT)
        until(browser, "does not answer")
    write_city(folder / "live-city", city(Size.of(size)))
    in_a_city(browser, clone(folder / "live-city"))


def quick(browser: Browser, root: Path, url: str) -> None:
    browser.shown(1280, 900)
    browser.log()
    browser.open(url, "#environments")
    beyond, now, builds = [], "3f2c1a9", list[float]()
    for number in range(20):
        fresh = f"fresh{number:02}"
        if number % 5 == 0:
            builds.append(build(root))  # how busy the machine is
        whole, took = saved(browser, root / BRANCH, now, fresh)
        beyond.append(whole - took)
        now = fresh
    beyond.sort()
    assert median(beyond) <= max(MOST, median(builds)), (beyond, builds)
    (root / BRANCH).write_text((root / BRANCH).read_text().replace(now, "3f2c1a9"))
    until(browser, "3f2c1a9")
    assert [one for one in browser.log() if one["level"] != "INFO"] == []
    print(f"page: live, a save is seen {beyond[len(beyond) // 2]:.2f} s after it in the middle, {beyond[-1]:.2f} s at most, beyond its compile")  # fmt: skip


def until(browser: Browser, word: str) -> None:
    end = time.monotonic() + 20
    while word not in (text := browser.run("return document.body.innerText")):
        assert time.monotonic() < end, (word, text[:2000])
        time.sleep(0.02)


def gone(browser: Browser, word: str) -> None:
    end = time.monotonic() + 300
    while word in browser.run("return document.body.innerText"):
        assert time.monotonic() < end, word
        time.sleep(0.02)


def kept(browser: Browser, root: Path, url: str) -> None:
    """What a person wrote and where they are; what was valid, while what is saved is not."""
    browser.open(url, "#simulator")
    browser.run("document.getElementById('field-host').value = 'nowhere.example.com'; document.getElementById('field-path').focus()")  # fmt: skip
    text = (root / BRANCH).read_text()
    (root / BRANCH).write_text(text.replace("3f2c1a9", "kept0001"))
    until(browser, "kept0001")
    asked = "return [document.getElementById('field-host').value, document.activeElement.id, location.hash]"  # fmt: skip
    assert browser.run(asked) == ["nowhere.example.com", "field-path", "#simulator"]
    until(browser, "404: no environment")
    (root / BRANCH).write_text("runs:\n  nobody: {tag: b2}\n")
    until(browser, "Not valid as saved at")
    until(browser, f"{BRANCH}:2")
    assert browser.run(asked) == ["nowhere.example.com", "field-path", "#simulator"]
    browser.open(url, "#environments")  # a page that is opened now has what was valid, too
    until(browser, "kept0001")
    until(browser, f"{BRANCH}:2")
    (root / BRANCH).write_text(text)
    until(browser, "Valid as saved at")


def looks(browser: Browser, root: Path, url: str, readable: Callable[[str], None]) -> None:
    """A save that changed something, and one that is not valid, in both themes and three widths."""
    text, seen = (root / BRANCH).read_text(), 0
    browser.open(url, "#environments")
    for name, fresh, told in (
        ("valid", text.replace("3f2c1a9", "looks001"), "looks001"),
        ("broken", "runs:\n  nobody: {tag: b2}\n", "Not valid as saved at"),
    ):
        (root / BRANCH).write_text(fresh)
        until(browser, told)
        gone(browser, "is being computed")
        for width in (1280, 768, 390):
            for dark in (False, True):
                browser.shown(width, 900, dark=dark)
                readable(f"live-{name}-{width}{'-dark' if dark else ''}")
                seen += 1
    (root / BRANCH).write_text(text)
    until(browser, "Valid as saved at")
    browser.shown(1280, 900)
    print(f"page: axe has nothing to say of {seen} looks of the live page")


def hostile(browser: Browser, root: Path, url: str) -> None:
    browser.open(url, "#findings")
    name = "<img src=x onerror=pwned=1>"
    odd = root / f"environments/{name}.yaml"
    odd.write_text("'<script>pwned=1</script>': 1\n")
    until(browser, name)
    (root / BRANCH).rename(root / "aside")
    (root / BRANCH).symlink_to("/etc/passwd")
    until(browser, "symbolic link")
    seen = browser.run("return [document.querySelectorAll('img').length, document.scripts.length, 'pwned' in window, document.body.innerText]")  # fmt: skip
    assert seen[:3] == [0, 3, False] and "root:" not in seen[3]
    odd.unlink()
    (root / BRANCH).unlink()
    (root / "aside").rename(root / BRANCH)
    until(browser, "Valid as saved at")


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>other</title><p>other")

    def log_message(self, *_: Any) -> None:
        pass


def strangers(browser: Browser, url: str) -> None:
    """Another origin with the address in hand, and another name that leads here."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        for host in ("127.0.0.1", "rebound.example.com"):
            browser.open(f"http://{host}:{other.server_port}/")
            found = browser.wait(TRIED, url)
            assert found == ["error"] * 7, (host, found)
        other.shutdown()
    browser.open(url.replace("127.0.0.1", "rebound.example.com"))
    assert browser.run("return document.body.innerText").strip() == "421 Misdirected Request"
    browser.open(url.replace("127.0.0.1", "localhost"), "#environments")
    until(browser, "Valid as saved at")
    browser.log()


def in_a_city(browser: Browser, root: Path) -> None:
    """Each save beside a build of the same edit, in a folder of the same files, in turn."""
    other = root.with_name("built")
    shutil.copytree(root, other, ignore=shutil.ignore_patterns(".git"))
    edits = Edits(root), Edits(other)
    seen, told, builds = list[float](), list[float](), list[float]()
    build(other)
    with serving(root) as (url, _):
        browser.open(url, "#tenants")
        gone(browser, "is being computed")
        for number in range(ROUNDS):
            for kind in ("tenant", "branch"):
                builds.append(edits[1].built(kind, number))
                seen.append(edits[0].seen(browser, kind, number))
                begun = time.monotonic()
                gone(browser, "is being computed")
                told.append(seen[-1] + time.monotonic() - begun)
        new_branch(browser, root, other)
    shown, whole, built = median(seen), median(told), median(builds)
    words = f"{shown:.2f} s after it in the middle, whose answers it changes {whole:.2f} s"
    print(f"page: live in a city, a save is seen {words}; a build of the same takes {built:.2f} s")
    assert shown <= SEEN * built, (shown, built, seen, builds)
    assert whole <= TOLD * built, (whole, built, told, builds)


def build(root: Path) -> float:
    begun = time.monotonic()
    words = [sys.executable, "-m", "generator", "-C", str(root), "build", "--out", str(root) + "-out"]  # fmt: skip
    subprocess.run(words, check=True, cwd=TOP, capture_output=True)
    return time.monotonic() - begun


class Edits:
    """Edits of two kinds: another version in a branch, another lane of a tenant."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files = {
            "branch": min((root / "environments").glob("*/branches/**/*.yaml")),
            "tenant": min((root / "environments/tenants").glob("**/*.yaml")),
        }

    def save(self, kind: str, number: int) -> str:
        """Makes the edit; what the page shows of it."""
        file = self._files[kind]
        text, fresh = file.read_text(), f"fresh{number:02}"
        if kind == "branch":
            file.write_text(re.sub(r"tag: \w+", f"tag: {fresh}", text, count=1))
            return fresh
        file.write_text(re.sub(r"x-tenant: \w+", f"x-tenant: {fresh}", text, count=1))
        return f"x-tenant: {fresh}"

    def built(self, kind: str, number: int) -> float:
        self.save(kind, number)
        return build(self._root)

    def seen(self, browser: Browser, kind: str, number: int) -> float:
        """Seconds from the save until it is on the page."""
        part = "#tenants" if kind == "tenant" else "#environments"
        browser.run("location.hash = arguments[0]", part)
        begun = time.time()
        word = self.save(kind, number)
        shown, _ = browser.wait(AFTER, word)
        return float(shown) / 1000 - begun


def new_branch(browser: Browser, root: Path, other: Path) -> None:
    """What adds a lane is shown as well; its build prints much."""
    branch = min((root / "environments").glob("*/branches")).relative_to(root) / "brand-new.yaml"
    there = min((root / branch).parent.glob("*.yaml")).read_text()
    service = re.findall(r"^  (\S+): ", there, re.MULTILINE)[0]
    text = f"runs:\n  {service}: {{tag: brandnew1}}\n"
    (other / branch).write_text(text)
    built = build(other)
    begun = time.time()
    (root / branch).write_text(text)
    shown, _ = browser.wait(AFTER, "brandnew1")
    seen = shown / 1000 - begun
    gone(browser, "is being computed")
    print(f"page: live in a city, a new branch is seen {seen:.2f} s after its save; its build takes {built:.2f} s")  # fmt: skip

"""`make page`: the report in a real Chromium. It follows random requests as `gen explain` does, is
readable by axe's rules in both themes and at three widths, asks nobody for anything, makes no text
of a configuration markup, and is quick in a city. Pictures of all parts are left in build/page. Then
links, against a real Envoy."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.city import Size, city
from bench.city import write as write_city
from generator.compiler.compile import Compiled, compile_sources, valid
from generator.io import report
from generator.io.tree import read_sources
from generator.views.diff import diff
from generator.views.report.data import About, data
from generator.views.report.page import page
from generator.views.report.simulation import simulation
from generator.vocabulary.findings import Findings
from tests.conftest import TOP
from tests.fetch import insist
from tests.mesh.topology import generate
from tests.page import asked
from tests.page.driver import Browser, there
from tests.page.hostile import Hostile
from tests.page.links import in_a_browser
from tests.page.live import live

HERE = Path(__file__).parent
OUT = TOP / "build/page"
WIDTHS = ((1280, 900), (768, 1000), (390, 800))
PARTS = ("environments", "calls", "simulator", "services", "tenants", "matrix", "calendar", "findings", "changes")  # fmt: skip
ABOUT = About("0" * 40, "A subject", "2027-01-31 10:00 UTC", "0.2.0")
AGREE = """
const [text, plan, requests, done] = arguments;
const make = new Function(`"use strict";${text}; return { simulate, sharedWith };`);
const { simulate, sharedWith } = make();
done(JSON.stringify(requests.map((request) => {
  const said = simulate(plan, request);
  return said.refused ? said : { ...said, shared: said.hops.map((hop) => sharedWith(plan, hop)) };
})));
"""
# What a page is made of, and nothing else, whatever its texts are.
SEEN = """
const tags = {};
const odd = [];
for (const one of document.querySelectorAll("*")) {
  tags[one.tagName.toLowerCase()] = (tags[one.tagName.toLowerCase()] || 0) + 1;
  for (const { name, value } of one.attributes) {
    if (name.startsWith("on") || name === "style" || name === "srcdoc") odd.push(name);
    if (name === "href" && !/^(#|https:|data:,$)/.test(value)) odd.push(value);
    if (name === "src") odd.push(value);
  }
}
return { tags, odd, pwned: "pwned" in window, text: document.body.innerText.length };
"""
TAGS = {
    "a", "article", "body", "button", "caption", "code", "datalist", "dd", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "g", "h1", "h2", "h3", "h4", "head",
    "header", "html", "input", "label", "legend", "li", "link", "main", "marker", "meta", "nav",
    "noscript", "option", "p", "path", "rect", "script", "section", "select", "small", "span",
    "strong", "style", "svg", "table", "tbody", "td", "text", "textarea", "th", "thead", "title",
    "tr", "ul",
}  # fmt: skip
AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then((found) => done(found.violations.map(
  (one) => [one.id, one.impact, one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))])));
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--configurations", type=int, default=20)
    parser.add_argument("--city", type=Fraction, default=Fraction(1), metavar="SIZE")
    given = parser.parse_args()
    if not there():
        print("there is no chromium with chromedriver: `bash tests/page/install`", file=sys.stderr)
        return 2
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    with Browser() as browser, tempfile.TemporaryDirectory(prefix="gen-page-") as name:
        folder = Path(name)
        looked_at(browser, folder)
        hostile(browser, folder)
        quick(browser, folder, given.city)
        live(browser, folder, given.city, lambda name: readable(browser, name))
        agreeing(browser, folder, given.configurations, given.requests)
    in_a_browser()
    print(f"page: all is well; pictures in {OUT.relative_to(TOP)}")
    return 0


def made(root: Path) -> Compiled:
    return valid(compile_sources(read_sources(root)))


def example(folder: Path) -> Compiled:
    """The example as it is, and what it was before a change."""
    shutil.copytree(TOP / "environments", folder / "example/environments")
    shutil.copytree(TOP / "overlays", folder / "example/overlays")
    return made(folder / "example")


def written(folder: Path, name: str, shown: Any) -> Path:
    file = folder / f"{name}.html"
    file.write_text(page(shown), "utf-8")
    return file


def of_example(folder: Path) -> dict[str, Any]:
    after = example(folder)
    file = folder / "example/environments/test/branches/accounts/feature-login.yaml"
    text = file.read_text()
    file.write_text(text.replace("3f2c1a9", "3f2c1a8"))
    before = made(folder / "example")
    file.write_text(text)
    sources = read_sources(folder / "example")
    found = json.loads(report.as_json(report.spots(after.warnings, sources), sources, ""))
    about = replace(
        ABOUT,
        link="https://git.example.com/shop/blob/main/{path}#L{line}",
        findings=found["findings"],
        since="1" * 40,
        difference=diff(before, after),
    )
    assert found["findings"] and about.difference
    return data(after, about)


def looked_at(browser: Browser, folder: Path) -> None:
    """Every part: no complaint of axe, nothing wider than the window, nothing asked for."""
    file = written(folder, "example", of_example(folder))
    looks = 0
    browser.log("performance")
    for width, height in WIDTHS:
        for dark in (False, True):
            browser.shown(width, height, dark=dark)
            for part in PARTS:
                browser.open(file, f"#{part}")
                readable(browser, f"{part}-{width}{'-dark' if dark else ''}")
                looks += 1
    loaded = {event["params"]["request"]["url"].split("#")[0] for event in events(browser, "Network.requestWillBeSent")}  # fmt: skip
    assert loaded <= {file.as_uri(), "about:blank", "data:,"}, loaded
    said = [one for one in browser.log() if one["level"] != "INFO"]
    assert not said, said[:3]
    keys(browser, file)
    print(f"page: axe has nothing to say of {looks} looks; nothing was asked for")


def readable(browser: Browser, name: str) -> None:
    """What is shown, with a picture of it: not wider than its window, and as axe's rules want it."""
    browser.picture(OUT / f"{name}.png")
    sideways = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not browser.run(sideways), f"{name} is wider than its window"
    browser.run((axe_core() / "axe.min.js").read_text())
    found = browser.wait(AXE)
    assert found == [], (name, found)


def events(browser: Browser, method: str) -> Iterator[Any]:
    for entry in browser.log("performance"):
        event = json.loads(entry["message"])["message"]
        if event["method"] == method:
            yield event


def keys(browser: Browser, file: Path) -> None:
    """By keys alone: the skip link is first, parts follow, and the form answers on Enter."""
    browser.shown(1280, 900)
    browser.open(file, "#environments")

    def press(key: str, code: int) -> None:
        for kind in ("rawKeyDown", "char", "keyUp"):
            text = "\r" if key == "Enter" and kind == "char" else ""
            if kind == "char" and not text:
                continue
            browser.developer("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text)  # fmt: skip

    names = []
    for _ in range(4):
        press("Tab", 9)
        names.append(browser.run("return document.activeElement.textContent"))
    assert names == ["Skip to content", "Environments", "Calls", "Follow a request"], names
    press("Enter", 13)
    end = time.monotonic() + 10
    while browser.run("return document.activeElement.textContent") != "Follow a request" or not browser.run("return location.hash === '#simulator'"):  # fmt: skip
        assert time.monotonic() < end
        time.sleep(0.05)
    assert browser.run("return document.activeElement.tagName") == "H2"
    press("Tab", 9)
    assert browser.run("return document.activeElement.id") == "field-host"
    browser.run("document.activeElement.value = 'nowhere.example.com'")
    press("Enter", 13)
    assert "404: no environment" in browser.run("return document.getElementById('part-simulator').innerText")  # fmt: skip


def axe_core() -> Path:
    """The folder of axe, installed once per lock file."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gen-page"
    lock = (HERE / "package-lock.json").read_bytes()
    folder = cache / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "node_modules/axe-core/axe.min.js").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder / name)
        insist(["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)
    return folder / "node_modules/axe-core"


def hostile(browser: Browser, folder: Path) -> None:
    """Each text of a page is hostile, with the policy and without it."""
    write_city(folder / "town", city(replace(Size.of(Fraction(1, 20)), tenants=4000)))
    count = 0
    for name, shown in (("example", of_example(folder / "again")), ("town", data(made(folder / "town"), ABOUT))):  # fmt: skip
        odd = Hostile(26)
        text = page(odd.all_of(json.loads(json.dumps(shown))))
        count += odd.count
        assert 'http-equiv="Content-Security-Policy"' in text
        for form, html in (
            ("policy", text),
            ("bare", text.replace("Content-Security-Policy", "x-nothing", 1)),
        ):
            file = folder / f"hostile-{name}-{form}.html"
            file.write_text(html, "utf-8")
            for part in PARTS[: None if name == "example" else -1]:
                browser.open(file, f"#{part}")
                seen = browser.run(SEEN)
                assert {*seen["tags"]} <= TAGS, ({*seen["tags"]} - TAGS, name, part)
                assert (seen["tags"]["script"], seen["tags"]["style"]) == (2, 1)
                assert seen["odd"] == [] and not seen["pwned"], (seen["odd"][:3], name, part)
                assert seen["text"] > 200
            if name == "example" and form == "policy":
                browser.picture(OUT / "hostile.png")
    assert count > 10_000, count
    print(f"page: of {count:,} hostile texts none is markup, with the policy and without it")


def quick(browser: Browser, folder: Path, size: Fraction) -> None:
    """Sizes and times in a city."""
    write_city(folder / "city", city(Size.of(size)))
    begun = time.monotonic()
    compiled = made(folder / "city")
    compiled.files.ids()
    built = time.monotonic() - begun
    begun = time.monotonic()
    file = written(folder, "city", data(compiled, ABOUT))
    took = time.monotonic() - begun
    browser.shown(1280, 900)
    browser.open(file, "#environments")
    paint = browser.run("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime")  # fmt: skip
    ready = browser.run("return performance.now()")
    browser.open(file, "#tenants")
    search = """
    const input = document.getElementById("field-search");
    const times = [];
    for (const word of ["t", "te", "12", "nobody", "h-9 acme", "199"]) {
      const begun = performance.now();
      input.value = word;
      input.dispatchEvent(new Event("input"));
      times.push(performance.now() - begun);
    }
    return Math.max(...times);
    """
    searched = browser.run(search)
    size_ = file.stat().st_size
    packed = len(zlib.compress(file.read_bytes(), 6))
    for part in PARTS[:-1]:
        begun = time.monotonic()
        browser.open(file, f"#{part}")
        print(f"page: city, {part}: {time.monotonic() - begun:.2f} s")
    # A browser may have drawn nothing yet.
    painted = "not told" if paint is None else f"{paint:.0f} ms"
    print(
        f"page: city of {len(compiled.plan.tenants):,} tenants: {size_ / 1e6:.2f} MB ({packed / 1e6:.2f} MB compressed), "
        f"made in {took:.1f} s after a compile of {built:.1f} s; first paint {painted}, search {searched:.0f} ms, all there within {ready:.0f} ms"
    )
    assert size_ <= 5e6 and packed <= 1e6
    assert paint is None or paint <= 1000
    assert searched <= 50
    assert took <= max(built / 2, 2.0)


def agreeing(browser: Browser, folder: Path, configurations: int, requests: int) -> None:
    """The page's way and `gen explain`'s."""
    text = (TOP / "generator/views/report/simulate.js").read_text()
    browser.open("data:text/html,<p>here</p>")
    done = refused = seed = tried = 0
    while tried < configurations:
        seed += 1
        root = folder / f"random-{seed}"
        generate(seed, root, "1.40.0")
        compiled = compile_sources(read_sources(root))
        shutil.rmtree(root)
        if isinstance(compiled, Findings):
            continue
        plan, dice = compiled.plan, random.Random(seed)
        some = list(asked.requests(plan, dice, requests // configurations))
        answers = json.loads(browser.wait(AGREE, text, simulation(plan), [*map(asked.sent, some)]))
        for request, answer in zip(some, answers, strict=True):
            assert asked.line(answer) == asked.line(asked.told(plan, request)), (seed, request)
            refused += "refused" in answer
        done, tried = done + len(some), tried + 1
    print(f"page: {done:,} requests in {tried} configurations are followed as `gen explain` does, {refused:,} of them refused")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())

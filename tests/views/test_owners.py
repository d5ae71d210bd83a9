"""Whose files are whose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from generator.views.owners import codeowners, owners, strangers
from tests.conftest import SMALL, sources, write
from tests.io.test_publish import Place

Gen = Callable[..., tuple[int, str, str]]
API, LOGIN = "environments/services/api.yaml", "environments/test/branches/login.yaml"
PLATFORM = "environments/platform.yaml"
OWNED = {
    API: f"{SMALL[API]}owner: backend\n",
    LOGIN: f"{SMALL[LOGIN]}owner: '@ada'\n",
    PLATFORM: f"{SMALL[PLATFORM]}teams: {{backend: ['@shop/backend', b@example.com]}}\n",
}


def test_codeowners() -> None:
    text, unknown = codeowners(owners(sources(OWNED)), {"backend": ("@shop/backend",)}, "conf/")
    assert text.splitlines()[1:] == [
        f"/conf/{API} @shop/backend",
        f"/conf/{LOGIN} @ada",
        "/conf/overlays/base/api/ @shop/backend",
    ]
    assert unknown == []
    assert codeowners({"a": "nobody"}, {}, "")[1] == ["nobody"]


def test_what_belongs_to_others() -> None:
    before = sources(OWNED)
    deployment = "overlays/base/api/deployment.yaml"
    after = sources(
        OWNED
        | {
            API: None,
            LOGIN: OWNED[LOGIN] + "# x\n",
            deployment: "x",
            "environments/lanes/new.yaml": "through: [test]\n",
        }
    )
    assert strangers(before, after, "web") == {API: "backend", LOGIN: "@ada", deployment: "backend"}
    assert strangers(before, after, "backend") == {LOGIN: "@ada"}
    # Nobody takes what is another's by saying so in the same change.
    mine = sources(OWNED | {API: OWNED[API].replace("backend", "web")})
    assert strangers(before, mine, "web") == {API: "backend"}


def test_the_verbs(tmp_path: Path, gen: Gen) -> None:
    place = Place(tmp_path)
    write(place.clone, OWNED)
    place.commit("owned")
    assert gen("-C", place.clone, "owners", "--check")[0] == 16
    code, out, err = gen("-C", place.clone, "owners")
    assert code == 0 and "3 lines" in out, err
    assert f"/{API} @shop/backend b@example.com\n" in (place.clone / "CODEOWNERS").read_text()
    assert gen("-C", place.clone, "owners", "--check")[0] == 0
    assert gen("-C", place.clone, "validate", "--by", "web")[0] == 0
    write(place.clone, OWNED | {LOGIN: OWNED[LOGIN] + "# x\n"})
    assert gen("-C", place.clone, "validate", "--by", "@ada")[0] == 0
    code, _, err = gen("-C", place.clone, "validate", "--by", "web")
    assert code == 4 and f"{LOGIN} belongs to @ada" in err

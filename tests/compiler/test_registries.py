"""Where images of versions and tests may come from: no host that only looks like one of the list."""

from __future__ import annotations

import pytest

from tests.conftest import Files
from tests.vocabulary.test_findings import BRANCH, findings

HEAD = "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
LISTED = ("registry.example.com", "ghcr.io/shop", "own.example.com:5000/a/b")


def told(image: str, registries: tuple[str, ...] = LISTED, test: str | None = None) -> list[str]:
    files: Files = {
        "environments/platform.yaml": HEAD
        + (f"registries: {[*registries]}\n" if registries else ""),
        BRANCH: f"runs: {{api: {{tag: v, image: '{image}'}}}}\n"
        + (f"tests: {{x: {{image: '{test}'}}}}\n" if test else ""),
    }
    return [f"{code} {finding.message}" for code, _, finding in findings(files)]


@pytest.mark.parametrize(
    "image",
    [
        "registry.example.com/api",
        "registry.example.com/any/where/api",
        "ghcr.io/shop",
        "ghcr.io/shop/api",
        "own.example.com:5000/a/b/c",
    ],
)
def test_what_lies_in_a_registry_of_the_list(image: str) -> None:
    assert told(image) == []


@pytest.mark.parametrize(
    "image, because",
    [
        ("registry.example.com.evil.example/api", "does not allow images of registry.example.com."),
        ("registry.example.com:5000/api", "does not allow images of registry.example.com:5000"),
        ("registry.example.com:443/api", "does not allow images of registry.example.com:443"),
        ("xregistry.example.com/api", "does not allow images of xregistry"),
        ("example.com/registry.example.com/api", "does not allow images of example.com"),
        ("ghcr.io/shop-forks/api", "allows other folders of ghcr.io alone"),
        ("ghcr.io/shopping", "allows other folders of ghcr.io alone"),
        ("ghcr.io/other/shop/api", "allows other folders of ghcr.io alone"),
        ("own.example.com/a/b/c", "does not allow images of own.example.com"),
        ("own.example.com:5000/a", "allows other folders of own.example.com:5000 alone"),
        ("shop/api", "it names no registry"),
        ("registry/api", "it names no registry"),
        ("api", "it names no registry"),
        ("10.0.0.1:5000/api", "does not allow images of 10.0.0.1:5000"),
    ],
)
def test_what_only_looks_like_it(image: str, because: str) -> None:
    (found,) = told(image)
    assert found.startswith("GEN212")
    assert because in found


@pytest.mark.parametrize(
    "image",
    [
        "Registry.example.com/api",
        "registry.example.com/API",
        "registry.example.com/api:v1",
        "registry.example.com/api@sha256:" + "a" * 64,
        "registry.example.com/../evil.example/api",
        "registry.example.com//api",
        "registry.example.com@evil.example/api",
        "https://registry.example.com/api",
        "registry.example.com/api ",
        "registry.example.com%2eevil/api",
        "registry.example.com./api",
        "[::1]:5000/api",
    ],
)
def test_what_is_no_image(image: str) -> None:
    (found,) = told(image)
    assert found.startswith("GEN104")


def test_without_a_list_there_is_no_other_image_and_any_test() -> None:
    assert told("registry.example.com/api", ()) == []  # the service's own
    assert [found[:6] for found in told("registry.example.com/other", ())] == ["GEN212"]
    assert told("registry.example.com/api", (), "evil.example/e2e:v1") == []


def test_a_test_is_held_to_the_list_too() -> None:
    assert told("registry.example.com/api", test="ghcr.io/shop/e2e:v1") == []
    (found,) = told("registry.example.com/api", test="ghcr.io/shop:v1/e2e:v1")
    assert found.startswith("GEN104")
    for image in ("e2e:v1", "evil.example/e2e:v1", "ghcr.io/shop-forks/e2e:v1"):
        assert [found[:6] for found in told("registry.example.com/api", test=image)] == ["GEN212"]


@pytest.mark.parametrize(
    "registry",
    ["registry", "shop/api", "*.example.com", "registry.example.com/", "Registry.example.com",
     "https://registry.example.com", ".example.com", "", "localhost", "ghcr.io/shop:v1"],
)  # fmt: skip
def test_what_is_no_registry(registry: str) -> None:
    (found,) = told("registry.example.com/api", (registry,))
    assert found.startswith("GEN104")

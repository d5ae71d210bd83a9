"""Every string arrives as it was written, whoever reads it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from generator.targets.yaml_text import Block, document, scalar
from tests.lookalikes import LOOKALIKES

ODD = ["", *LOOKALIKES, "\u2028", "\x85", "../../base/x", "v1.4.2"]
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=40
) | st.sampled_from(ODD)


def both(text: str) -> list[Any]:
    return [yaml.safe_load(text), YAML(typ="safe", pure=True).load(text)]


@settings(max_examples=200)  # `make fuzz` prints many more
@given(TEXT)
def test_strings_survive_yaml_1_1_and_1_2(text: str) -> None:
    assert both(document({"key": text, "list": [text]})) == [{"key": text, "list": [text]}] * 2


@settings(max_examples=80)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
        max_leaves=12,
    )
)
def test_values_survive(value: Any) -> None:
    assert both(document({"value": value})) == [{"value": value}] * 2


def test_blocks_keep_their_lines() -> None:
    text = "local a = 1\n\nif a then\n  b()\nend\n"
    assert both(document({"a": {"b": Block(text)}, "c": 1})) == [{"a": {"b": text}, "c": 1}] * 2


def test_words_and_paths_stay_bare() -> None:
    assert [scalar(text) for text in ("Deployment", "apps/v1", "../../base/cart", "shop-test")] == [
        "Deployment",
        "apps/v1",
        "../../base/cart",
        "shop-test",
    ]


def test_kustomize_reads_them_alike(kubectl: str, tmp_path: Path) -> None:
    data = {
        f"k{index}": text
        for index, text in enumerate(ODD)
        if text not in ("=", "<<", "\x85", "\u2028")
    }
    # kustomize prints = and << bare, which PyYAML stumbles over; the two line separators it changes, so gen's input may not hold them.
    (tmp_path / "map.yaml").write_text(
        document(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "n", "labels": {"on": "no"}},
                "data": data,
            }
        )
    )
    (tmp_path / "kustomization.yaml").write_text(
        document({"resources": ["map.yaml"], "namespace": "n"})
    )
    printed = subprocess.run(
        [kubectl, "kustomize", str(tmp_path)], check=True, capture_output=True, text=True
    ).stdout
    found = yaml.safe_load(printed)
    assert found["data"] == data
    assert found["metadata"] == {"name": "n", "namespace": "n", "labels": {"on": "no"}}

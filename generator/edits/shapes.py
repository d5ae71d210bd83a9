"""What the model says of the parts of a file: which mappings have keys of a model, and in which
order."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from generator.vocabulary.model import KINDS

Shape = Any  # an annotation of the model; None where it says nothing
_FIRST, _LAST = ("owner",), ("accept",)  # whose a file is stands above, what it admits below


def of(kind: str) -> Shape:
    """The shape of a file of a kind."""
    return KINDS[kind]


def keys(shape: Shape, node: Any) -> list[str]:
    """The keys of a model in their order; none where keys are names that people gave."""
    model = _model(shape, node)
    return _ordered(model) if model is not None else []


def inner(shape: Shape, node: Any, key: str) -> Shape:
    """The shape of what stands at a key of a mapping, or in a list."""
    if isinstance(node, list | yaml.SequenceNode):
        return next((get_args(one)[0] for one in _kinds(shape) if get_origin(one) is tuple), None)
    model = _model(shape, node)
    if model is not None:
        return _fields(model).get(key)
    return next((get_args(one)[1] for one in _kinds(shape) if get_origin(one) is dict), None)


def _model(shape: Shape, node: Any) -> type[BaseModel] | None:
    if not isinstance(node, dict | yaml.MappingNode):
        return None
    models = (one for one in _kinds(shape) if isinstance(one, type) and issubclass(one, BaseModel))
    return next(models, None)


def _kinds(shape: Shape) -> Iterator[Any]:
    """What an annotation may be: those of a union one by one, without what is said about them."""
    origin: Any = get_origin(shape)
    if origin is Annotated:
        yield from _kinds(get_args(shape)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(shape):
            yield from _kinds(one)
    elif shape is not None:
        yield shape


@cache
def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    return {one.alias or name: one.annotation for name, one in model.model_fields.items()}


@cache
def _ordered(model: type[BaseModel]) -> list[str]:
    own = [name for name in _fields(model) if name not in (*_FIRST, *_LAST)]
    first = [name for name in _FIRST if name in _fields(model)]
    return [*first, *own, *(name for name in _LAST if name in _fields(model))]

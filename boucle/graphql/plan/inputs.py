"""Converters of input values, chosen once for a type.

They do what `strawberry.types.arguments.convert_argument` does for each value anew. A type that
needs more than its value (an input that builds itself, an id, a lazy type) has none here.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any

from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.unset import UNSET

Convert = Callable[[Any], Any]
_DEEPEST = 8


def converter(
    kind: Any, registry: Mapping[object, Any], config: StrawberryConfig, depth: int = 0
) -> Convert | None:
    """The converter of a type, or None where strawberry's own must run."""
    if isinstance(kind, StrawberryMaybe) or depth > _DEEPEST:
        return None
    if isinstance(kind, StrawberryOptional):
        return converter(kind.of_type, registry, config, depth)
    if isinstance(kind, StrawberryList):
        return _list(kind, registry, config, depth)
    if _is_leaf(kind, registry):
        return _as_it_is
    if has_object_definition(kind):
        return _input(kind, registry, config, depth)
    return None


def _is_leaf(kind: Any, registry: Mapping[object, Any]) -> bool:
    if kind is GlobalID:
        return False
    known = isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind)
    return known or is_scalar(kind, registry)


def _as_it_is(value: Any) -> Any:
    return value


def _list(
    kind: StrawberryList, registry: Mapping[object, Any], config: StrawberryConfig, depth: int
) -> Convert | None:
    item = converter(kind.of_type, registry, config, depth + 1)
    if item is None:
        return None
    if item is _as_it_is:
        return lambda value: value if value is None or value is UNSET else list(value)

    def convert(value: Any) -> Any:
        return value if value is None or value is UNSET else [item(each) for each in value]

    return convert


def _input(
    kind: Any, registry: Mapping[object, Any], config: StrawberryConfig, depth: int
) -> Convert | None:
    definition = kind.__strawberry_definition__
    if definition.from_input is not None or not definition.is_input:
        return None
    empty = {
        field.python_name: None
        for field in definition.fields
        if field.default_value is MISSING and field.default_factory is MISSING
    }
    fields = []
    for field in definition.fields:
        inner = field.resolve_type(type_definition=definition)
        convert = converter(inner, registry, config, depth + 1)
        if convert is None:
            return None
        fields.append((config.name_converter.from_field(field), field.python_name, convert))

    def made(value: Any) -> Any:
        if value is None or value is UNSET:
            return value
        given = empty.copy()
        for name, python_name, convert in fields:
            if name in value:
                given[python_name] = convert(value[name])
        return kind(**given)

    return made

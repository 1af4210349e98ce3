"""Make the Python docstrings of schema/ the descriptions of the GraphQL schema.

The bound that a list's description states is the one that it is priced by.
"""

import re
from inspect import cleandoc
from types import MappingProxyType
from typing import Any

import strawberry
from strawberry.types.scalar import ScalarDefinition

_AT_MOST = re.compile(r"\b[Aa]t most ([0-9]{1,4})\b")


def describe(schema: strawberry.Schema) -> strawberry.Schema:
    """Fill each missing description of a type or a field from the docstring of its source.

    "At most 50" in a description becomes the field's metadata `max_items`.
    """
    for entry in schema.schema_converter.type_map.values():
        if isinstance(entry.definition, ScalarDefinition):
            continue
        shape: Any = entry.implementation
        origin = getattr(entry.definition, "origin", None) or getattr(
            entry.definition, "wrapped_cls", None
        )
        shape.description = shape.description or _doc(origin)
        for field in getattr(shape, "fields", {}).values():
            source = field.extensions.get("strawberry-definition")
            resolver = getattr(source, "base_resolver", None)
            field.description = field.description or _doc(getattr(resolver, "wrapped_func", None))
            if source is not None and (said := _AT_MOST.search(field.description or "")):
                bound = {"max_items": int(said[1])}
                source.metadata = MappingProxyType({**bound, **source.metadata})
    return schema


def _doc(source: Any) -> str | None:
    """The docstring as written, of a class or what it is made from; a mere signature is none."""
    for written in getattr(source, "__mro__", (source,)):
        doc = getattr(written, "__doc__", None)
        if doc and written is not object and not doc.startswith(f"{written.__name__}("):
            return cleandoc(doc)
    return None

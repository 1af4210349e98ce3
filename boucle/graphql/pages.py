"""How many items a field may return, and what it costs by itself.

`strawberry.field(metadata=...)` says it: `max_items` bounds a plain list, or the page of a field
that takes `first` or `last`; `item_per` names the argument whose list has one question for each
item of the answer; `weight` is the price of the field's own work, beside what it returns.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
)

from boucle.graphql.formula import Page
from boucle.graphql.limits import Limits

PAGE_ARGUMENTS = ("first", "last")
_LONGEST_NUMBER = 9
_NO_NUMBER = "no number"


def metadata(field: GraphQLField) -> Mapping[str, Any]:
    """What the field's definition says beside its type."""
    definition = (field.extensions or {}).get("strawberry-definition")
    return getattr(definition, "metadata", None) or {}


def is_connection(kind: GraphQLNamedType | None) -> bool:
    """Whether the items of this type are in `edges` or `nodes`, as many as its field's page."""
    fields = getattr(kind, "fields", {})
    return "pageInfo" in fields and not fields.keys().isdisjoint(("edges", "nodes"))


def list_levels(field: GraphQLField) -> int:
    """How many lists are around the field's type: 0 for none."""
    kind, levels = field.type, 0
    while isinstance(kind, GraphQLList | GraphQLNonNull):
        levels += isinstance(kind, GraphQLList)
        kind = kind.of_type
    return levels


def weight(field: GraphQLField, absent: float) -> float:
    """Points of the field's own work. Raises: ValueError for a weight that is no price."""
    found = metadata(field).get("weight", absent)
    if not isinstance(found, int | float) or not math.isfinite(found) or found < 0:
        raise ValueError(f"the weight {found!r} of a field is not a number of points")
    return float(found)


def bound(field: GraphQLField, limits: Limits) -> int:
    """The most items that a list, or a page, of this field has."""
    found = metadata(field).get("max_items", limits.page)
    if type(found) is not int or found < 1:
        raise ValueError(f"the max_items {found!r} of a field is not a number of items")
    return found


def takes_page(field: GraphQLField) -> bool:
    """Whether the client says how many items it wants."""
    return _questions(field) is not None or any(name in field.args for name in PAGE_ARGUMENTS)


def _questions(field: GraphQLField) -> str | None:
    found = metadata(field).get("item_per")
    return found if isinstance(found, str) and found in field.args else None


def page_of(field: GraphQLField, node: FieldNode, cap: int) -> Page:
    """The page that a selection of the field asks for: the largest of its page arguments."""
    if (questions := _questions(field)) is not None:
        return _one_each(questions, node, cap)
    least, variables = 0, []
    for name in PAGE_ARGUMENTS:
        if (argument := field.args.get(name)) is None:
            continue
        default = argument.default_value if type(argument.default_value) is int else None
        given = [a.value for a in node.arguments or () if a.name.value == name]
        variables += [(v.name.value, default) for v in given if isinstance(v, VariableNode)]
        said = [_items(v, cap) for v in given] or [_number(default, cap)]
        least = max(least, *said)
    return Page(cap, least, tuple(dict.fromkeys(variables)))


def _one_each(name: str, node: FieldNode, cap: int) -> Page:
    """As many items as the argument's list has; of an argument that is not there, all."""
    given = [a.value for a in node.arguments or () if a.name.value == name]
    said = [
        min(len(v.values) or 1, cap) if isinstance(v, ListValueNode) else 1
        for v in given
        if not isinstance(v, VariableNode)
    ]
    variables = [(v.name.value, _NO_NUMBER) for v in given if isinstance(v, VariableNode)]
    return Page(cap, max(said, default=0), tuple(dict.fromkeys(variables)), counted=True)


def defaults_of(operation: OperationDefinitionNode) -> dict[str, Any]:
    """What an operation's variables are where they are not sent."""
    found = {}
    for definition in operation.variable_definitions or ():
        if (value := definition.default_value) is not None:
            found[definition.variable.name.value] = _literal(value)
    return found


def unbounded(schema: GraphQLSchema) -> list[str]:
    """`Type.field` of every list that neither its arguments nor `max_items` bound.

    Such a list is priced as a whole page; a schema of ours should have none.
    """
    return [
        f"{kind.name}.{name}"
        for kind, name, field in _fields(schema)
        if list_levels(field)
        and not takes_page(field)
        and "max_items" not in metadata(field)
        and not (is_connection(kind) and name in {"edges", "nodes"})
    ]


def _fields(schema: GraphQLSchema) -> Iterator[tuple[GraphQLNamedType, str, GraphQLField]]:
    for kind in schema.type_map.values():
        if not kind.name.startswith("__"):
            for name, field in getattr(kind, "fields", {}).items():
                if isinstance(field, GraphQLField):
                    yield kind, name, field


def _items(value: ValueNode, cap: int) -> int:
    """The items that a literal says; 0 for null and for a variable, which says it later."""
    if isinstance(value, VariableNode):
        return 0
    return _number(_literal(value), cap)


def _number(value: Any, cap: int) -> int:
    if value is None:
        return 0
    return value if type(value) is int and 0 < value <= cap else cap


def _literal(value: ValueNode) -> Any:
    """A whole number, None for null, else what is no number."""
    if isinstance(value, NullValueNode):
        return None
    if isinstance(value, IntValueNode) and len(value.value) <= _LONGEST_NUMBER:
        return int(value.value)
    return _NO_NUMBER

"""How values of scalars and enums are checked and written, without a call where possible."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from operator import methodcaller
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInt,
    GraphQLString,
)
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from strawberry.relay import GlobalID
from strawberry.schema.schema_converter import CustomGraphQLEnumType

from boucle.graphql.plan.fields import Spot

PLAIN = frozenset({str, int, float, bool, Decimal, date, datetime, time, timedelta, UUID, GlobalID})
"""Classes of values on which a serializer may be called: no awaitables, no exceptions."""

Name = Callable[[str, Any], str]

_OTHER: dict[Any, str] = {
    GraphQLString: "{v}.__class__ is not str",
    GraphQLBoolean: "{v}.__class__ is not bool",
    GraphQLInt: (
        f"{{v}}.__class__ is not int or not {GRAPHQL_MIN_INT} <= {{v}} <= {GRAPHQL_MAX_INT}"
    ),
    GraphQLFloat: "{v}.__class__ is not float or {v} - {v} != 0.0",
}


def lines(spot: Spot, var: str, odd: list[str], name: Name) -> list[str]:
    """Lines that complete the leaf in `var`; `odd` are those for any value that is not plain."""
    indented = ["    " + line for line in odd]
    if (other := all_straight(spot, name, var)) is not None:
        return [f"if {other}:", *indented]
    head, straight = _written(spot, var, name)
    if spot.non_null:
        return [*head, *straight, "else:", *indented]
    return [*head, *straight, f"elif {var} is not None:", *indented]


def all_straight(spot: Spot, name: Name, var: str = "i") -> str | None:
    """The condition under which a value is not already what the answer holds; None for others."""
    del name
    if (other := _OTHER.get(spot.bare)) is None:
        return None
    condition = other.format(v=var)
    return condition if spot.non_null else f"{var} is not None and ({condition})"


def _written(spot: Spot, var: str, name: Name) -> tuple[list[str], list[str]]:
    """Lines for values that a table or a serializer turns into what the answer holds."""
    if isinstance(spot.bare, GraphQLEnumType) and (table := _table(spot.bare)) is not None:
        cls = name("C", next(iter(table)).__class__)
        if all(text == member.name for member, text in table.items()):
            return [], [f"if {var}.__class__ is {cls}:", f"    {var} = {var}._name_"]
        members = name("E", table)
        return [], [f"if {var}.__class__ is {cls}:", f"    {var} = {members}[{var}]"]
    write = name("Z", spot.bare.coerce_output_value)
    mark = name("S", spot)
    again = f"x.completed_oddly({var}, {mark}, p)"
    head, word = _usual(spot.bare.coerce_output_value, var, name)
    return [], [
        *head,
        f"{word} {var}.__class__ in PLAIN:",
        f"    r = {write}({var})",
        f"    {var} = {again} if r is None or r is UNDEFINED else r",
    ]


def _usual(write: Any, var: str, name: Name) -> tuple[list[str], str]:
    """Lines for the class that a serializer is made for, and how the condition goes on.

    What `str` and `isoformat` make of such a value is always a text, so it needs no second look.
    """
    if write is str:
        lines = [f"if {var}.__class__ is {name('C', Decimal)}:", f"    {var} = str({var})"]
        return lines, "elif"
    if isinstance(write, methodcaller) and write.__reduce__()[1] == ("isoformat",):
        classes = name("C", frozenset({date, datetime, time}))
        return [f"if {var}.__class__ in {classes}:", f"    {var} = {var}.isoformat()"], "elif"
    return [], "if"


def _table(type_: GraphQLEnumType) -> dict[Enum, str] | None:
    """The name of each member, where the members are one class of Python's."""
    if not isinstance(type_, CustomGraphQLEnumType):
        return None
    try:
        members: list[Enum] = list(type_.wrapped_cls)
        return {member: type_.coerce_output_value(member) for member in members} or None
    except (ValueError, TypeError):
        return None

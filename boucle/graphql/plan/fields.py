"""The fields of a plan, and the spots where their values stand."""

from typing import TYPE_CHECKING, Any

import strawberry
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from boucle.graphql.plan.calls import Call
from boucle.graphql.plan.info import ResolveInfo, Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from boucle.graphql.plan.run import Function, Run

BACKREF = "strawberry-definition"


class CannotCompile(Exception):
    """The operation is left to graphql-core; the message says why."""


class Field:
    """One response key of one selection, and the shortest way to its value.

    `attribute` is the name to read of the object; else `call` knows the resolver; where there is
    neither, the field is resolved by graphql-core's own function.
    """

    __slots__ = (
        "attribute",
        "call",
        "definition",
        "details",
        "key",
        "name",
        "nodes",
        "number",
        "parent",
    )

    def __init__(
        self,
        schema: strawberry.Schema,
        parent: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        number: int,
    ) -> None:
        self.number, self.key, self.parent, self.details = number, key, parent, details
        self.nodes: list[FieldNode] = [each.node for each in details]
        self.name = self.nodes[0].name.value
        definition = schema._schema.get_field(parent, self.name)
        if definition is None:
            raise CannotCompile("the document is not valid")
        self.definition: GraphQLField = definition
        self.attribute: str | None = None
        self.call: Call | None = None
        own = self.definition.extensions.get(BACKREF)
        if isinstance(own, StrawberryField) and _is_plain(schema, own):
            if own.base_resolver is not None:
                self.call = Call(schema, own, own.base_resolver, self)
            elif own.default_resolver is getattr:
                self.attribute = own.python_name


def _is_plain(schema: strawberry.Schema, own: StrawberryField) -> bool:
    """Whether nothing stands between a field and its resolver or attribute."""
    return (
        not own.extensions
        and not own.is_subscription
        and not schema.exception_handlers
        and type(own).get_result is StrawberryField.get_result
    )


class Spot:
    """A place where a value stands: a field, or the items of a list in it."""

    __slots__ = ("bare", "by_class", "field", "function", "non_null", "origin", "resolve", "type")

    def __init__(self, field: Field, type_: GraphQLOutputType) -> None:
        self.field, self.type = field, type_
        self.non_null = is_non_null_type(type_)
        self.bare: Any = type_.of_type if is_non_null_type(type_) else type_
        self.function: Function | None = None
        self.origin: type | None = None
        self.by_class: dict[type, Function] = {}
        self.resolve: Callable[[Any], Function | None] | None = None

    @property
    def nodes(self) -> list[FieldNode]:
        return self.field.nodes

    @property
    def is_leaf(self) -> bool:
        return is_leaf_type(self.bare)

    @property
    def is_list(self) -> bool:
        return is_list_type(self.bare)

    @property
    def is_object(self) -> bool:
        return is_object_type(self.bare)

    @property
    def is_abstract(self) -> bool:
        return is_abstract_type(self.bare)

    @staticmethod
    def field_steps(steps: Steps) -> Steps:
        """The path of the field in which a spot lies."""
        while steps is not None and steps[2] is None:
            steps = steps[0]
        return steps

    def complete(self, value: Any, run: "Run", steps: Steps) -> Any:
        """Complete a value that is no awaitable. May return an awaitable."""
        return run.completed_oddly(value, self, steps)

    def function_for(self, value: Any, run: "Run", steps: Steps) -> "Function | None":
        """The generated function that completes this value; None leaves it to graphql-core."""
        if value is None or value is Undefined or isinstance(value, Exception):
            return None
        if self.is_list:
            return self.function if isinstance(value, list | tuple) else None
        if self.is_object:
            return self.function if self._is_of_type(value, run, steps) else None
        if self.is_abstract and getattr(value, TYPE_CAST_ATTRIBUTE, None) is None:
            known = self.by_class.get(value.__class__)
            return known if known or self.resolve is None else self.resolve(value)
        return None

    def _is_of_type(self, value: Any, run: "Run", steps: Steps) -> bool:
        if self.bare.is_type_of is None:
            return True
        info: Any = ResolveInfo(self.field, run, self.field_steps(steps))
        return self.bare.is_type_of(value, info) is True

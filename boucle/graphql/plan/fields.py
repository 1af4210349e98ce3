"""The fields of a plan, and the spots where their values stand."""

from collections.abc import Callable
from enum import Enum, auto
from inspect import iscoroutinefunction
from types import FunctionType
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

from boucle.graphql.plan.arguments import Arguments
from boucle.graphql.plan.info import ResolveInfo, Steps

if TYPE_CHECKING:
    from boucle.graphql.plan.run import Function, Run

BACKREF = "strawberry-definition"


class Access(Enum):
    """How a field's value is had of its object."""

    ATTRIBUTE = auto()
    RESOLVER = auto()
    GENERIC = auto()


class Field:
    """One response key of one selection: its nodes, its definition, its arguments."""

    __slots__ = (
        "access",
        "arguments",
        "definition",
        "details",
        "key",
        "name",
        "nodes",
        "number",
        "own",
        "parent",
        "resolver",
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
        assert definition is not None
        self.definition: GraphQLField = definition
        own = definition.extensions.get(BACKREF)
        self.own: StrawberryField | None = own if isinstance(own, StrawberryField) else None
        self.access = _access(schema, self.own)
        self.resolver: Any = None
        if self.own is not None and self.own.base_resolver is not None:
            wrapped = self.own.base_resolver.wrapped_func
            self.resolver = wrapped if isinstance(wrapped, FunctionType) else self.own.base_resolver
        if self.access is Access.RESOLVER:
            assert self.own is not None
            self.arguments = Arguments(schema, self.own, self)

    @property
    def is_coroutine_function(self) -> bool:
        """Whether calling the resolver can do nothing but make a coroutine."""
        return iscoroutinefunction(self.resolver)

    def info(self, run: "Run", steps: Steps) -> Any:
        """What strawberry hands to a resolver that asks for `info`."""
        raw: Any = ResolveInfo(self, run, steps)
        return run.source.info_class(_raw_info=raw, _field=self.own)

    def called(self, source: Any, run: "Run", steps: Steps) -> Any:
        """The resolver's result, with everything that it may ask for.

        Where the resolver is a coroutine function, what is wrong with its arguments is raised when
        its coroutine runs, as strawberry does.
        """
        if not self.is_coroutine_function:
            return self._called(source, run, steps)
        try:
            return self._called(source, run, steps)
        except Exception as error:  # noqa: BLE001 - the field's error, raised where it is awaited
            return _raise(error)

    def _called(self, source: Any, run: "Run", steps: Steps) -> Any:
        assert self.own is not None
        resolver = self.own.base_resolver
        assert resolver is not None
        arguments = run.arguments(self, steps).copy()
        if resolver.parent_parameter:
            arguments[resolver.parent_parameter.name] = source
        if resolver.root_parameter:
            arguments[resolver.root_parameter.name] = source
        if resolver.info_parameter:
            arguments[resolver.info_parameter.name] = self.info(run, steps)
        if resolver.self_parameter:
            return self.resolver(source, **arguments)
        return self.resolver(**arguments)


async def _raise(error: Exception) -> None:
    raise error


def _access(schema: strawberry.Schema, own: StrawberryField | None) -> Access:
    """The shortest way to the value that strawberry's own resolver would return."""
    plain = (
        own is not None
        and not own.extensions
        and not own.is_subscription
        and not schema.exception_handlers
        and type(own).get_result is StrawberryField.get_result
    )
    if own is None or not plain:
        return Access.GENERIC
    if own.base_resolver is not None:
        return Access.RESOLVER
    return Access.ATTRIBUTE if own.default_resolver is getattr else Access.GENERIC


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

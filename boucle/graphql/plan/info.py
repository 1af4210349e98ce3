"""What a resolver may ask of the execution, made when it asks."""

from typing import TYPE_CHECKING, Any

from graphql.pyutils import Path

from boucle.graphql.reference import is_awaitable

if TYPE_CHECKING:
    from graphql import (
        FieldNode,
        FragmentDefinitionNode,
        GraphQLObjectType,
        GraphQLOutputType,
        GraphQLResolveInfoHelpers,
        GraphQLSchema,
        OperationDefinitionNode,
    )

    from boucle.graphql.plan.fields import Field
    from boucle.graphql.plan.run import Run

Steps = tuple[Any, str | int, str | None] | None
"""A response path from its end: (steps before, key, type name). It equals graphql-core's `Path`."""


def path_of(steps: Steps) -> Path | None:
    """The path as graphql-core has it."""
    return None if steps is None else Path(path_of(steps[0]), steps[1], steps[2])


class ResolveInfo:
    """The members of graphql-core's `GraphQLResolveInfo` and strawberry's addition to it.

    Most resolvers ask for the context alone, so nothing is computed before it is read.
    """

    __slots__ = ("_field", "_run", "_steps")

    is_awaitable = staticmethod(is_awaitable)
    abort_signal = None

    def __init__(self, field: "Field", run: "Run", steps: Steps) -> None:
        self._field, self._run, self._steps = field, run, steps

    @property
    def context(self) -> Any:
        return self._run.context

    @property
    def field_name(self) -> str:
        return self._field.name

    @property
    def field_nodes(self) -> "list[FieldNode]":
        return self._field.nodes

    @property
    def return_type(self) -> "GraphQLOutputType":
        return self._field.definition.type

    @property
    def parent_type(self) -> "GraphQLObjectType":
        return self._field.parent

    @property
    def path(self) -> Path | None:
        return path_of(self._steps)

    @property
    def schema(self) -> "GraphQLSchema":
        return self._run.source.graphql

    @property
    def fragments(self) -> "dict[str, FragmentDefinitionNode]":
        return self._run.source.fragment_definitions

    @property
    def root_value(self) -> Any:
        return self._run.root_value

    @property
    def operation(self) -> "OperationDefinitionNode":
        return self._run.source.operation

    @property
    def variable_values(self) -> dict[str, Any]:
        return self._run.variables.coerced

    @property
    def async_helpers(self) -> "GraphQLResolveInfoHelpers":
        return self._run.reference.async_helpers

    @property
    def operation_extensions(self) -> dict[str, Any] | None:
        return self._run.operation_extensions

"""The variables of a request, coerced to the types of its operation.

Strings, numbers and booleans of the right class take a short road; all else is graphql-core's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    Undefined,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.type import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT

from boucle.graphql.reference import MAX_COERCION_ERRORS

Is = Callable[[Any], bool]


def _is_string(value: Any) -> bool:
    return value.__class__ is str


def _is_int(value: Any) -> bool:
    return value.__class__ is int and GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT


def _is_boolean(value: Any) -> bool:
    return value.__class__ is bool


_OWN: dict[Any, Is] = {
    GraphQLString: _is_string,
    GraphQLID: _is_string,
    GraphQLInt: _is_int,
    GraphQLBoolean: _is_boolean,
}


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = tuple(operation.variable_definitions or ())
        self._quick = self._all_plain()

    def _all_plain(self) -> list[tuple[str, GraphQLVariableSignature, Is, bool]] | None:
        """Each variable with its check, if all of them are of types that have one."""
        found = []
        for definition in self._definitions:
            signature = get_variable_signature(self._schema, definition)
            if isinstance(signature, GraphQLError) or definition.default_value is not None:
                return None
            type_ = signature.type
            check = _OWN.get(type_.of_type if is_non_null_type(type_) else type_)
            if check is None:
                return None
            found.append((signature.name, signature, check, not is_non_null_type(type_)))
        return found

    def coerced(self, sent: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values with their sources, or the errors that tell which do not fit."""
        if self._quick is not None and (found := self._quickly(sent)) is not None:
            return found
        return get_variable_values(
            self._schema,
            self._definitions,
            dict(sent),
            max_errors=MAX_COERCION_ERRORS,
            hide_suggestions=True,
        )

    def _quickly(self, sent: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, check, nullable in self._quick or ():
            value = sent.get(name, Undefined)
            if check(value) or (value is None and nullable):
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = value
            elif value is Undefined and nullable:
                sources[name] = VariableValueSource(signature)
            else:
                return None
        return VariableValues(sources, coerced)

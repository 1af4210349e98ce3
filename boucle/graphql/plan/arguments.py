"""From the arguments of a document to those of a resolver.

Two steps, as in strawberry: graphql-core's coercion, then the conversion to Python's names, inputs
and enums. What cannot change between requests is done once, when the plan is made.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

import strawberry
from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLString,
    NameNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.values import get_argument_values
from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from boucle.graphql.plan.info import ResolveInfo, Steps
from boucle.graphql.plan.inputs import Convert, converter

if TYPE_CHECKING:
    from boucle.graphql.plan.fields import Field
    from boucle.graphql.plan.run import Run

_IMMUTABLE = frozenset(
    {str, int, float, bool, type(None), Decimal, date, datetime, time, timedelta, UUID}
)


class Uncoerced(Exception):
    """graphql-core refused an argument with `error`, before any resolver was asked."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Arguments:
    """The arguments of one field of a document, for a resolver of strawberry's."""

    __slots__ = ("_constant", "_definition", "_schema", "_variables", "empty")

    def __init__(
        self, schema: strawberry.Schema, definition: StrawberryField, field: "Field"
    ) -> None:
        self._schema, self._definition = schema, definition
        self.empty = not field.definition.args
        self._constant: dict[str, Any] = {}
        self._variables: list[tuple[str, str, bool, Convert | None]] | None = (
            None if not self.empty else []
        )
        if not self.empty:
            self._prepare(field)

    def of(self, run: "Run", field: "Field", steps: Steps) -> dict[str, Any]:
        """Keyword arguments by Python's names. Raises: Uncoerced; what strawberry raises."""
        if self._variables is not None:
            quick = self._quick(run.variables.coerced)
            if quick is not None:
                return quick
        try:
            coerced = get_argument_values(
                field.definition, field.nodes[0], run.variables, None, hide_suggestions=True
            )
        except Exception as error:
            raise Uncoerced(error) from error
        info: Any = ResolveInfo(field, run, steps)
        return self._converted(coerced, strawberry.Info(info, self._definition))

    def _quick(self, coerced: Mapping[str, Any]) -> dict[str, Any] | None:
        """The arguments where each is a constant or a variable that needs no conversion."""
        found = self._constant.copy()
        for name, variable, nullable, convert in self._variables or ():
            value = coerced.get(variable, Undefined)
            if value is Undefined or (value is None and not nullable):
                return None
            found[name] = value if convert is None else convert(value)
        return found

    def _prepare(self, field: "Field") -> None:
        """Find out which arguments are constants, and which are plain variables."""
        sent = {a.name.value: a.value for a in field.nodes[0].arguments or ()}
        variables = []
        for argument in self._definition.arguments:
            name = self._schema.config.name_converter.from_argument(argument)
            definition, node = field.definition.args[name], sent.get(name)
            if isinstance(node, VariableNode):
                plain = self._is_plain(argument, definition)
                convert = None if plain else self._converter(argument)
                if not plain and convert is None:
                    return
                nullable = not is_non_null_type(definition.type)
                variables.append((argument.python_name, node.name.value, nullable, convert))
            elif not self._add_constant(name, definition, node):
                return
        self._variables = variables

    def _add_constant(self, name: str, definition: GraphQLArgument, node: ValueNode | None) -> bool:
        arguments = (ArgumentNode(name=NameNode(value=name), value=node),) if node else ()
        alone = GraphQLField(GraphQLString, {name: definition})
        try:
            asked = FieldNode(name=NameNode(value=name), arguments=arguments)
            coerced = get_argument_values(alone, asked, None, None)
            found = self._converted(coerced, None)
        except Exception:  # noqa: BLE001 - whatever it is, it is the field's error when it runs
            return False
        if not self.are_immutable(found):
            return False
        self._constant |= found
        return True

    def _is_plain(self, argument: StrawberryArgument, definition: GraphQLArgument) -> bool:
        """Whether a coerced variable is the resolver's argument as it is."""
        bare = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        kind = argument.type
        if argument.is_maybe or not is_leaf_type(bare):
            return False
        if isinstance(kind, StrawberryOptional):
            kind = kind.of_type
        if isinstance(kind, StrawberryEnumDefinition):
            return True
        registry = self._schema.schema_converter.scalar_registry
        return kind is not GlobalID and is_scalar(kind, registry)

    def _converter(self, argument: StrawberryArgument) -> Convert | None:
        """What turns a coerced variable into the resolver's argument, where that is known now."""
        if argument.is_maybe:
            return None
        registry = self._schema.schema_converter.scalar_registry
        return converter(argument.type, registry, self._schema.config)

    def constants(self) -> dict[str, Any] | None:
        """All arguments, where none depends on the request: no call can change them."""
        return self._constant if self._variables == [] else None

    def _converted(self, coerced: dict[str, Any], info: Any) -> dict[str, Any]:
        return convert_arguments(
            coerced,
            self._definition.arguments,
            scalar_registry=self._schema.schema_converter.scalar_registry,
            config=self._schema.config,
            info=info,
        )

    @staticmethod
    def are_immutable(values: Mapping[str, Any]) -> bool:
        """Whether one resolver's call can do nothing to these that another would see."""
        return all(type(v) in _IMMUTABLE or isinstance(v, Enum) for v in values.values())

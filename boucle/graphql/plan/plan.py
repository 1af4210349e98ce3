"""The plan of one operation."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import CoroutineType
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    Undefined,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues
from graphql.language import DirectiveNode

from boucle.graphql.plan.fields import CannotCompile
from boucle.graphql.plan.run import Function, Run
from boucle.graphql.plan.source import Source
from boucle.graphql.plan.variables import Variables
from boucle.graphql.reference import execute_by_reference

MOST_VARIANTS = 8
_UNDERSTOOD = {"include", "skip"}

Root = Function | list[tuple[str, Function]]


@dataclass(slots=True)
class Result:
    """What a client gets of `data`, and the errors that graphql-core would report.

    `spent` counts the objects of the answer as 1 and its leaves as 0.1; it is None where
    graphql-core ran the operation, for the reason in `fallback`.
    """

    data: Any
    errors: list[GraphQLError] | None
    spent: float | None = None
    fallback: str | None = None


class Plan:
    """An operation of a valid document, ready to run."""

    def __init__(
        self, schema: strawberry.Schema, document: DocumentNode, operation_name: str | None
    ) -> None:
        self._schema, self._document = schema, document
        self.operation = _operation(document, operation_name)
        self._fragments = {
            d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
        }
        self._switches = _switches(document)
        self.variables = Variables(schema._schema, self.operation)
        self._variants: OrderedDict[tuple[bool, ...], tuple[Source, Root]] = OrderedDict()
        if not self._switches:
            self._variant(VariableValues({}, {}))

    @property
    def characters(self) -> int:
        """Length of the text that was compiled: a measure of the memory that the plan takes."""
        return sum(source.characters for source, _ in self._variants.values())

    async def execute(
        self,
        root_value: Any = None,
        context: Any = None,
        variables: Mapping[str, Any] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Result:
        """Run the operation with the variables as they were sent."""
        values = self.variables.coerced(variables or {})
        if isinstance(values, list):
            return Result(None, values)
        return await self.run(root_value, context, values, operation_extensions)

    async def run(
        self,
        root_value: Any,
        context: Any,
        values: VariableValues,
        operation_extensions: dict[str, Any] | None = None,
    ) -> Result:
        """Run the operation with variables that were coerced by `variables`."""
        try:
            source, root = self._variant(values)
        except CannotCompile as reason:
            return await self._by_reference(
                root_value, context, values, operation_extensions, reason
            )
        run = Run(source, root_value, context, values, operation_extensions)
        try:
            if isinstance(root, list):
                data: Any = await _one_by_one(root, run)
            else:
                data = root(root_value, run, None)
                if data.__class__ is not dict:
                    data = await data
        except GraphQLError as error:
            run.collected.add(error, None)
            data = None
        return Result(data, run.collected.errors or None, run.spent)

    def _variant(self, values: VariableValues) -> tuple[Source, Root]:
        """The functions for these values of the variables that directives read."""
        chosen = tuple(values.coerced.get(name, Undefined) for name in self._switches)
        known = self._variants.get(chosen)
        if known is not None:
            return known
        if not all(isinstance(value, bool) for value in chosen):
            raise CannotCompile("a directive's condition is not a boolean")
        source = Source(self._schema, self.operation, self._fragments, values)
        made = source, source.root()
        self._variants[chosen] = made
        if len(self._variants) > MOST_VARIANTS:
            self._variants.popitem(last=False)
        return made

    async def _by_reference(
        self,
        root_value: Any,
        context: Any,
        values: VariableValues,
        operation_extensions: dict[str, Any] | None,
        reason: CannotCompile,
    ) -> Result:
        sent = {n: s.value for n, s in values.sources.items() if s.value is not Undefined}
        found = await execute_by_reference(
            self._schema,
            self._document,
            self.operation.name.value if self.operation.name else None,
            root_value=root_value,
            context=context,
            variables=sent,
            operation_extensions=operation_extensions,
        )
        return Result(found.data, found.errors, fallback=str(reason))


def compile_plan(
    schema: strawberry.Schema, document: DocumentNode, operation_name: str | None = None
) -> Plan:
    """The plan of an operation of a valid document.

    Raises: CannotCompile for an operation that only graphql-core can run.
    """
    return Plan(schema, document, operation_name)


async def _one_by_one(fields: list[tuple[str, Function]], run: Run) -> dict[str, Any]:
    """The fields of a mutation, each after the one before."""
    out: dict[str, Any] = {}
    for key, function in fields:
        value = function(run.root_value, run, None)
        out[key] = await value if value.__class__ is CoroutineType else value
    return out


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode) and (
            name is None or (each.name and each.name.value == name)
        ):
            return each
    raise CannotCompile("the document has no such operation")


class _Directives(Visitor):
    """Collects the variables that decide what is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.switches: dict[str, None] = {}

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value not in _UNDERSTOOD:
            raise CannotCompile("a directive other than @include and @skip")
        for argument in node.arguments or ():
            if isinstance(argument.value, VariableNode):
                self.switches[argument.value.name.value] = None


def _switches(document: DocumentNode) -> tuple[str, ...]:
    found = _Directives()
    visit(document, found)
    return tuple(found.switches)

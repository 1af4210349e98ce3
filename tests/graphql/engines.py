"""The engines that are compared: graphql-core, the compiled plans, and wrong ones on purpose.

Shapes: an engine is `async (schema, Question, root, context) -> Answer`. A question that an engine
cannot run raises `NotRun`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    DirectiveNode,
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    NameNode,
    OperationDefinitionNode,
    execute,
)
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from boucle.graphql import CannotCompile, compile_plan

MAX_ERRORS = 10
Path = tuple[str | int, ...]


class NotRun(Exception):
    """The engine hands this operation on to graphql-core."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a client sends, parsed and valid. `plans` keeps what an engine made of the document."""

    document: DocumentNode
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] | None = None
    plans: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine answers."""

    data: Any
    errors: list[GraphQLError]


Engine = Callable[[strawberry.Schema, Question, Any, Any], Awaitable[Answer]]


class Executor(StrawberryGraphQLCoreExecutionContext):
    """The executor that the server uses."""


class Watching(Executor):
    """Remembers the type of every field it ran, by path."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.types = _TYPES[-1]

    def execute_field(self, parent_type, source, field_details_list, path, position_context):
        name = field_details_list[0].node.name.value
        if found := self.schema.get_field(parent_type, name):
            self.types[tuple(path.as_list())] = found.type
        return super().execute_field(
            parent_type, source, field_details_list, path, position_context
        )


_TYPES: list[dict[Path, Any]] = []


def engine(executor: type[Executor]) -> Engine:
    """graphql-core with an executor, called as the server calls it."""

    async def asked(schema: strawberry.Schema, question: Question, root: Any, context: Any):
        found = execute(
            schema._schema,
            question.document,
            root_value=root,
            context_value=context,
            variable_values=question.variables,
            operation_name=question.operation_name,
            executor_class=executor,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
            max_coercion_errors=MAX_ERRORS,
            hide_suggestions=True,
            operation_extensions=question.extensions,
        )
        result = await found if isawaitable(found) else found
        assert isinstance(result, ExecutionResult)
        return Answer(result.data, list(result.errors or ()))

    return asked


reference = engine(Executor)


async def compiled(schema: strawberry.Schema, question: Question, root: Any, context: Any):
    """The plan of the operation, made once for a document. Raises: NotRun."""
    if "compiled" not in question.plans:
        try:
            plan = compile_plan(schema, question.document, question.operation_name)
        except CannotCompile as refused:
            raise NotRun(str(refused)) from refused
        question.plans["compiled"] = plan
    plan = question.plans["compiled"]
    result = await plan.execute(
        root_value=root,
        context=context,
        variables=question.variables,
        operation_extensions=question.extensions,
    )
    if getattr(result, "fallback", None):
        raise NotRun(result.fallback)
    return Answer(result.data, list(result.errors or ()))


@dataclass(frozen=True, slots=True)
class Possible:
    """Every error that an operation can find, and the types of its fields by path.

    It comes from a run in which no null propagates, so that no field is left out.
    """

    errors: list[GraphQLError]
    types: dict[Path, Any]

    def non_null(self, path: Path) -> bool:
        """Whether the position, a field or an item of a list, may not be null."""
        depth = 0
        while isinstance(path[len(path) - 1 - depth], int):
            depth += 1
        kind = self.types[path[: len(path) - depth]]
        for _ in range(depth):
            kind = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
            assert isinstance(kind, GraphQLList)
            kind = kind.of_type
        return isinstance(kind, GraphQLNonNull)


async def possible(schema: strawberry.Schema, question: Question, root: Any, context: Any):
    """Run without the propagation of null."""
    nodes = [
        _lenient(d) if isinstance(d, OperationDefinitionNode) else d
        for d in question.document.definitions
    ]
    lenient = Question(
        DocumentNode(definitions=tuple(nodes), loc=question.document.loc),
        question.operation_name,
        question.variables,
        question.extensions,
    )
    types: dict[Path, Any] = {}
    _TYPES.append(types)
    try:
        answer = await engine(Watching)(schema, lenient, root, context)
    finally:
        _TYPES.remove(types)
    return Possible(answer.errors, types)


def _lenient(operation: OperationDefinitionNode) -> OperationDefinitionNode:
    directive = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"))
    return replace(operation, directives=(*(operation.directives or ()), directive))

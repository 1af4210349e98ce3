"""graphql-core on a strawberry schema: the measure of plans, and what they fall back to."""

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any, TypeGuard

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

MAX_COERCION_ERRORS = 10

is_awaitable: Callable[[Any], TypeGuard[Awaitable[Any]]] = optimized_is_awaitable  # type: ignore[assignment]


def graphql_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The executable schema, for which strawberry has no public name."""
    return schema._schema


async def execute_by_reference(
    schema: strawberry.Schema,
    document: DocumentNode,
    operation_name: str | None = None,
    *,
    root_value: Any = None,
    context: Any = None,
    variables: Mapping[str, Any] | None = None,
    operation_extensions: dict[str, Any] | None = None,
) -> ExecutionResult:
    """Execute a valid document by graphql-core, as strawberry does."""
    found: ExecutionResult | Awaitable[ExecutionResult] = execute(
        graphql_schema(schema),
        document,
        root_value=root_value,
        context_value=context,
        variable_values=dict(variables or {}),
        operation_name=operation_name,
        executor_class=StrawberryGraphQLCoreExecutionContext,
        is_awaitable=is_awaitable,
        max_coercion_errors=MAX_COERCION_ERRORS,
        hide_suggestions=True,
        operation_extensions=operation_extensions,
    )
    return await found if isawaitable(found) else found

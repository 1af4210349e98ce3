"""One execution of a plan: its state, and what happens off the straight road.

The generated functions handle values of the shape that the schema promises. All else (an awaitable,
an exception as a value, a generator for a list, an object of another class) comes here, and what is
not an awaitable is completed by graphql-core itself, whose rules then hold by construction.
"""

from asyncio import gather, get_running_loop
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from graphql.error import located_error
from graphql.execution.executor import (
    CollectedErrors,
    Executor,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.pyutils import gather_with_cancel
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from boucle.graphql.plan.info import ResolveInfo, Steps, path_of
from boucle.graphql.reference import is_awaitable

if TYPE_CHECKING:
    from boucle.graphql.plan.arguments import Arguments
    from boucle.graphql.plan.fields import Field, Spot
    from boucle.graphql.plan.source import Source

Held = list[tuple[Any, Coroutine[Any, Any, Any]]]
"""What an object or a list still waits for: (key or index, coroutine)."""


class Run:
    """The state of one execution. `spent` counts objects as 1 and leaves as 0.1."""

    __slots__ = (
        "_arguments",
        "_background",
        "_reference",
        "collected",
        "context",
        "operation_extensions",
        "root_value",
        "source",
        "spent",
        "variables",
    )

    def __init__(
        self,
        source: "Source",
        root_value: Any,
        context: Any,
        variables: VariableValues,
        operation_extensions: dict[str, Any] | None,
    ) -> None:
        self.source = source
        self.root_value = root_value
        self.context = context
        self.variables = variables
        self.operation_extensions = operation_extensions
        self.collected = CollectedErrors()
        self.spent = 0.0
        self._arguments: dict[int, dict[str, Any]] = {}
        self._reference: Executor[Any] | None = None
        self._background: set[Any] = set()

    @property
    def reference(self) -> "Executor[Any]":
        """graphql-core's executor of this very operation; it collects its errors with ours."""
        if self._reference is None:
            source = self.source
            self._reference = StrawberryGraphQLCoreExecutionContext(
                source.graphql,
                source.fragment_definitions,
                source.fragments,
                self.root_value,
                self.context,
                source.operation,
                self.variables,
                default_field_resolver,
                default_type_resolver,
                default_field_resolver,
                is_awaitable=is_awaitable,
                hide_suggestions=True,
                operation_extensions=self.operation_extensions,
            )
            self._reference.collected_errors = self.collected
        return self._reference

    def arguments(self, field: "Field", arguments: "Arguments", steps: Steps) -> dict[str, Any]:
        """The arguments of a field, converted once where no resolver can change them."""
        known = self._arguments.get(field.number)
        if known is None:
            known = arguments.of(self, field, steps)
            if arguments.are_immutable(known):
                self._arguments[field.number] = known
        return known

    def resolve(self, field: "Field", source: Any, steps: Steps) -> Any:
        """A field's value as graphql-core has it resolved, with whatever wraps the resolver."""
        definition = field.definition
        arguments = (
            get_argument_values(
                definition, field.nodes[0], self.variables, None, hide_suggestions=True
            )
            if definition.args or field.nodes[0].arguments
            else {}
        )
        info: Any = ResolveInfo(field, self, steps)
        return (definition.resolve or default_field_resolver)(source, info, **arguments)

    def fail(
        self,
        error: Exception,
        spot: "Spot",
        steps: Steps,
        held: Held | None = None,
        rest: Iterable[Any] = (),
    ) -> None:
        """Record the error of a nullable spot; raise that of another one.

        What the object or list had under way (`held`), or would have had (`rest`), is then let run
        out in the background.
        """
        path = path_of(steps)
        located = located_error(error, spot.nodes, path.as_list() if path else None)
        if spot.non_null:
            if waiting := [c for _, c in held or ()] + [i for i in rest if is_awaitable(i)]:
                self._abandon(waiting)
            raise located
        self.collected.add(located, path)

    def odd(self, value: Any, spot: "Spot", steps: Steps) -> Any:
        """A value that the generated code does not know: completed, or a coroutine that will be."""
        if is_awaitable(value):
            return self.later(value, spot, steps)
        completed = self.completed_oddly(value, spot, steps)
        if is_awaitable(completed):
            return self.guard(completed, spot, steps)
        return completed

    def completed_oddly(self, value: Any, spot: "Spot", steps: Steps) -> Any:
        """Complete a value that is no awaitable. May return an awaitable."""
        if (function := spot.function_for(value, self, steps)) is not None:
            return function(value, self, steps)
        info: Any = ResolveInfo(spot.field, self, spot.field_steps(steps))
        path: Any = path_of(steps)
        return self.reference.complete_value(spot.type, spot.field.details, info, path, value, None)

    async def later(self, awaitable: Awaitable[Any], spot: "Spot", steps: Steps) -> Any:
        """Wait for a value, then complete it."""
        try:
            completed = spot.complete(await awaitable, self, steps)
            if is_awaitable(completed):
                completed = await completed
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is the field's error
            return self.fail(error, spot, steps)
        return completed

    async def guard(self, completed: Awaitable[Any], spot: "Spot", steps: Steps) -> Any:
        """Wait for a value's own parts."""
        try:
            return await completed
        except Exception as error:  # noqa: BLE001 - whatever a resolver raises is the field's error
            return self.fail(error, spot, steps)

    def _abandon(self, awaitables: list[Any]) -> None:
        try:
            get_running_loop()
        except RuntimeError:
            for each in awaitables:
                if isinstance(each, CoroutineType):
                    each.close()
            return
        future = gather(*awaitables, return_exceptions=True)
        self._background.add(future)
        future.add_done_callback(self._background.discard)


async def settle(out: Any, held: Held) -> Any:
    """Put the values that an object or a list waited for into their places, side by side."""
    if len(held) == 1:
        key, coroutine = held[0]
        out[key] = await coroutine
        return out
    found = await gather_with_cancel(*(coroutine for _, coroutine in held))
    for (key, _), value in zip(held, found, strict=True):
        out[key] = value
    return out


def hold(held: Held | None, key: Any, coroutine: Coroutine[Any, Any, Any]) -> Held:
    """One more value to wait for."""
    if held is None:
        return [(key, coroutine)]
    held.append((key, coroutine))
    return held


Function = Callable[[Any, Run, Steps], Any]
"""A generated function: (value, run, steps) to a completed value, or a coroutine of one."""

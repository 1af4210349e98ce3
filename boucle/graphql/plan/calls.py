"""Calls of resolvers, as strawberry makes them."""

from inspect import iscoroutinefunction
from types import FunctionType
from typing import TYPE_CHECKING, Any

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from boucle.graphql.plan.arguments import Arguments, Uncoerced
from boucle.graphql.plan.info import ResolveInfo, Steps

if TYPE_CHECKING:
    from boucle.graphql.plan.fields import Field
    from boucle.graphql.plan.run import Run


class Call:
    """The resolver of a field, and what it asks for."""

    __slots__ = ("_field", "_own", "arguments", "function", "is_coroutine", "resolver")

    def __init__(
        self,
        schema: strawberry.Schema,
        own: StrawberryField,
        resolver: StrawberryResolver[Any],
        field: "Field",
    ) -> None:
        self._field, self._own, self.resolver = field, own, resolver
        wrapped = resolver.wrapped_func
        self.function: Any = wrapped if isinstance(wrapped, FunctionType) else resolver
        self.is_coroutine = iscoroutinefunction(self.function)
        self.arguments = Arguments(schema, own, field)

    def info(self, run: "Run", steps: Steps) -> Any:
        """What strawberry hands to a resolver that asks for `info`."""
        raw: Any = ResolveInfo(self._field, run, steps)
        return run.source.info_class(_raw_info=raw, _field=self._own)

    def result(self, source: Any, run: "Run", steps: Steps) -> Any:
        """What the resolver returns for an object.

        Where it is a coroutine function, what strawberry finds wrong with its arguments is raised
        when its coroutine runs; what graphql-core finds wrong with them, at once.
        """
        try:
            return self._called(source, run, steps)
        except Uncoerced as refused:
            raise refused.error from None
        except Exception as error:
            if not self.is_coroutine:
                raise
            return _raise(error)

    def _called(self, source: Any, run: "Run", steps: Steps) -> Any:
        resolver = self.resolver
        arguments = run.arguments(self._field, self.arguments, steps).copy()
        if resolver.parent_parameter:
            arguments[resolver.parent_parameter.name] = source
        if resolver.root_parameter:
            arguments[resolver.root_parameter.name] = source
        if resolver.info_parameter:
            arguments[resolver.info_parameter.name] = self.info(run, steps)
        if resolver.self_parameter:
            return self.function(source, **arguments)
        return self.function(**arguments)


async def _raise(error: Exception) -> None:
    raise error

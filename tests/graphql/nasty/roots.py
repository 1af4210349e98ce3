"""The roots of the nasty schema: queries, mutations with an order, events; what reads `info`."""

from collections.abc import AsyncGenerator, Iterable
from typing import Any, Optional

import strawberry
from graphql import GraphQLError
from strawberry import relay
from strawberry.extensions import FieldExtension
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from tests.graphql.nasty.asked import Asked, Point, shown
from tests.graphql.nasty.chance import Fault, World, after, chance
from tests.graphql.nasty.kinds import SCALARS, Color, _async_generator
from tests.graphql.nasty.shapes import (
    Animal,
    Box,
    Cat,
    Circle,
    Dog,
    Leaves,
    Page,
    Puppy,
    Source,
    Thing,
    Things,
)
from tests.graphql.nasty.styles import Later, Resolved, Sometimes

Info = strawberry.Info[World, Any]


def _selected(fields: Iterable[Any]) -> list[Any]:
    """What `info.selected_fields` tells, as JSON."""
    return [
        [
            type(f).__name__,
            getattr(f, "name", None) or getattr(f, "type_condition", None),
            getattr(f, "alias", None),
            shown(getattr(f, "arguments", None)),
            shown(f.directives),
            _selected(f.selections),
        ]
        for f in fields
    ]


@strawberry.type
class About:
    """What resolvers learn from `info`."""

    @strawberry.field
    def path(self, info: Info) -> JSON:
        kept = info.path
        return [kept.as_list(), kept.typename, kept.key]

    @strawberry.field
    def names(self, info: Info, and_: int = 1) -> JSON:
        raw = info._raw_info
        return [
            info.field_name, info.python_name, str(info.return_type), str(raw.return_type),
            str(raw.parent_type), [node.loc.start for node in raw.field_nodes],
            info.operation.operation.value, sorted(raw.fragments), info.query[:20],
            info.get_argument_definition("and_").python_name, info.schema is not None,
        ]  # fmt: skip

    @strawberry.field
    async def variables(self, info: Info) -> JSON:
        return shown(info.variable_values)

    @strawberry.field
    def request(self, info: Info) -> JSON:
        return [info.context.user, repr(info.root_value), shown(info.input_extensions)]

    @strawberry.field
    def selected(self, info: Info) -> "Selected":
        return Selected(told=_selected(info.selected_fields))

    @strawberry.field
    async def many(self, info: Info) -> list[Optional["Selected"]]:
        return [Selected(told=_selected(info.selected_fields)), None]

    @strawberry.field
    async def loaded(self, info: Info, key: str = "a") -> str | None:
        return await info.context.loader().load(key)

    @strawberry.field
    def promised(self, info: Info, key: str = "b") -> str:
        return info.context.loader().load(key)  # type: ignore[return-value]

    @strawberry.field
    async def all_loaded(self, info: Info, keys: list[str]) -> list[str]:
        return await info.context.loader().load_many(keys)


@strawberry.type
class Selected:
    """Tells what was selected of it."""

    told: JSON
    number: int = 1

    @strawberry.field
    def inner(self, info: Info) -> Optional["Selected"]:
        return Selected(told=_selected(info.selected_fields))


@strawberry.type
class Chain:
    """May not be null for some way down; the end fails after some turns, or not."""

    seed: strawberry.Private[int]
    depth: strawberry.Private[int]

    def _rng(self, name: str) -> Any:
        return chance(self.seed, self.depth, name)

    def _below(self, name: str) -> Any:
        rng = self._rng(name)
        ends = {0: None, 1: Fault(f"{name} {self.depth}")}
        return ends.get(rng.randrange(9), Chain(seed=self.seed, depth=self.depth + 1))

    @strawberry.field
    def sure(self) -> "Chain":
        return self._below("sure")

    @strawberry.field
    async def slow(self) -> "Chain":
        return await after(self._rng("turns").randrange(5), self._below("slow"))

    @strawberry.field
    async def slower(self) -> "Chain":
        return await after(self._rng("many").randrange(3, 9), self._below("slower"))

    @strawberry.field
    async def maybe(self) -> Optional["Chain"]:
        return await after(self._rng("few").randrange(3), self._below("maybe"))

    @strawberry.field
    def links(self) -> list["Chain"]:
        return [self._below("left"), after(1, self._below("middle")), self._below("right")]  # type: ignore[list-item]

    @strawberry.field
    def items(self) -> list[Optional["Chain"]]:
        return _async_generator([self._below("l"), self._below("r")])  # type: ignore[return-value]

    number: int = 1


class Widen(FieldExtension):
    """Waits for the permission and then tells of it."""

    def resolve(self, next_: Any, source: Any, info: Any, **kwargs: Any) -> Any:
        info.context.journal.append(f"extension {info.path.as_list()}")
        return next_(source, info, **kwargs)


def at_module(info: Info, times: int = 2) -> list[int | None]:
    """A resolver that is no method."""
    return [*range(min(times, 4)), None]


@strawberry.type
class Query:
    """Reads."""

    @strawberry.field
    def leaves(self, info: Info, key: str = "") -> Leaves | None:
        return Source(info.context.seed, f"leaves{key}")  # type: ignore[return-value]

    @strawberry.field
    async def things(self, info: Info, key: str = "") -> Things | None:
        return Source(info.context.seed, f"things{key}")  # type: ignore[return-value]

    @strawberry.field
    async def resolved(self, info: Info, key: str = "") -> Resolved | None:
        return await after(1, Source(info.context.seed, f"resolved{key}"))

    @strawberry.field
    def sure_leaves(self, info: Info) -> Leaves:
        return Source(info.context.seed, "sure leaves")  # type: ignore[return-value]

    @strawberry.field
    async def listed(self, info: Info) -> list[Resolved | None] | None:
        return [Source(info.context.seed, n) for n in ("one", "two", "three")]  # type: ignore[misc]

    @strawberry.field
    async def leaves_list(self, info: Info) -> list[Leaves] | None:
        return [Source(info.context.seed, n) for n in ("four", "five")]  # type: ignore[misc]

    @strawberry.field
    def asked(self) -> Asked | None:
        return Asked()

    @strawberry.field
    async def about(self) -> About | None:
        return About()

    @strawberry.field
    async def chain(self, info: Info) -> Chain | None:
        return Chain(seed=info.context.seed, depth=0)

    @strawberry.field
    def sure_chain(self, info: Info) -> Chain:
        return Chain(seed=info.context.seed + 1, depth=0)

    at_module: list[int | None] = strawberry.field(resolver=at_module)
    boxes: list[Box[int]] = strawberry.field(resolver=lambda: [Box(held=1), Box(held="no")])

    @strawberry.field(permission_classes=[Sometimes, Later])
    def guarded(self) -> Cat | None:
        return Cat(name="guarded")

    @strawberry.field(extensions=[Widen()])
    def journal(self, info: Info) -> list[str]:
        return sorted(info.context.journal)

    @strawberry.field
    def root_value(self, root: Any) -> str:
        return repr(root)

    animal: Animal | None = strawberry.field(resolver=lambda: Puppy(name="puppy"))

    @strawberry.field
    def from_(self) -> int:
        return 1

    node: relay.Node = relay.node()
    maybe_node: relay.Node | None = relay.node()
    nodes: list[relay.Node] = relay.node()

    @relay.connection(relay.ListConnection[Page])
    def pages(self, info: Info, words: list[str] | None = None) -> Iterable[Page]:
        return [Page(number=n, text=f"{words}") for n in range(7)]

    @relay.connection(relay.ListConnection[Page])
    async def late_pages(self) -> AsyncGenerator[Page]:
        for number in range(3):
            await after(1, None)
            yield Page(number=number)


@strawberry.type
class Done:
    """What a mutation did, and all that was done before."""

    number: int
    before: list[str]

    @strawberry.field
    async def again(self, info: Info, name: str = "again") -> int:
        await after(2, None)
        info.context.number += 1
        return info.context.number


@strawberry.type
class Mutation:
    """Writes in the journal: one after the other."""

    @strawberry.mutation
    def note(self, info: Info, text: str = "note", fail: bool = False) -> Done:
        return _noted(info, text, fail=fail)

    @strawberry.mutation
    async def late_note(self, info: Info, point: Point, turns: int = 3) -> Done | None:
        await after(min(abs(turns), 9), None)
        return _noted(info, shown(point), fail=point.x % 3 == 0)

    @strawberry.mutation
    async def sure_note(self, info: Info, color: Color = Color.RED) -> Thing:
        await after(1, None)
        info.context.journal.append(color.name)
        return Cat(name=str(len(info.context.journal)))

    @strawberry.mutation(permission_classes=[Later])
    def guarded_note(self, info: Info) -> int | None:
        return _noted(info, "guarded", fail=False).number

    @strawberry.field
    def resolved(self, info: Info) -> Resolved | None:
        return Source(info.context.seed + info.context.number, "mutation")  # type: ignore[return-value]


def _noted(info: Info, text: str, *, fail: bool) -> Done:
    world = info.context
    world.journal.append(f"{text} at {info.path.key}")
    world.number += 1
    if fail:
        raise GraphQLError("not done", extensions={"code": "NOT_DONE", "n": world.number})
    return Done(number=world.number, before=list(world.journal))


@strawberry.type
class Subscription:
    """Events; an event's operation runs with the event as its root."""

    @strawberry.subscription
    async def counted(self, upto: int = 2) -> AsyncGenerator[int]:
        for number in range(upto):
            yield number

    @strawberry.subscription
    async def cats(self) -> AsyncGenerator[Cat | None]:
        yield None

    @strawberry.subscription
    async def moved(self, info: Info) -> AsyncGenerator[Resolved | None]:
        yield Source(0, "event")  # type: ignore[misc]


def event(field: str, seed: int) -> Any:
    """An event of a subscription field, sometimes a wrong one."""
    rng = chance(seed, "event", field)
    good = {"counted": 5, "cats": Cat(name="event"), "moved": Source(seed, "event")}
    return rng.choice(
        [good.get(field), good.get(field), good.get(field), None, Fault("event"), "x"]
    )


schema = strawberry.Schema(
    Query,
    Mutation,
    Subscription,
    types=[Dog, Circle],
    config=StrawberryConfig(scalar_map=SCALARS),
)

"""Schemas with a setting that changes every field: handlers of exceptions; names and attributes."""

from typing import Any, Optional, Union

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from tests.graphql.nasty.chance import Fault, World, after, chance
from tests.graphql.nasty.kinds import SCALARS, Color
from tests.graphql.nasty.shapes import Cat, Leaves, Source
from tests.graphql.nasty.styles import Resolved, Sometimes

Info = strawberry.Info[World, Any]


class Expected(Exception):
    """Becomes a member of the result."""


@strawberry.type
class Problem:
    """An error that is an answer."""

    message: str


class Handler(strawberry.ExceptionHandler[Expected, Problem]):
    """Turns the expected into a problem, and declines some."""

    def handle(self, exception: Expected, *, field: Any, info: Any) -> Problem | None:
        text = str(exception)
        return None if text == "declined" else Problem(message=f"{field.python_name}: {text}")


Tried = Union[Cat, Problem]  # noqa: UP007


@strawberry.type(name="Query")
class HandledQuery:
    """Reads, under a handler."""

    @strawberry.field
    def tried(self, text: str | None = "bad") -> Tried:
        if text is not None:
            raise Expected(text)
        return Cat(name="tried")

    @strawberry.field
    async def tried_later(self, text: str | None = "bad") -> list[Tried] | None:
        await after(1, None)
        if text is not None:
            raise Expected(text)
        return [Cat(name="tried"), Problem(message="listed")]

    @strawberry.field
    def resolved(self, info: Info) -> Resolved | None:
        return Source(info.context.seed, "handled")  # type: ignore[return-value]

    @strawberry.field
    def leaves(self, info: Info) -> Leaves | None:
        return Source(info.context.seed, "handled")  # type: ignore[return-value]


handled = strawberry.Schema(
    HandledQuery, config=StrawberryConfig(scalar_map=SCALARS), exception_handlers=[Handler()]
)


def read(source: Any, name: str) -> Any:
    """Reads keys and attributes; an absent key is null, `late` comes later, `bad` fails."""
    found = source.get(name) if isinstance(source, dict) else getattr(source, name)
    match found:
        case "late":
            return after(2, "came late")
        case "bad":
            raise Fault(f"bad {name}")
        case _:
            return found


class OwnInfo(strawberry.Info):
    """Knows more than the usual one."""

    @property
    def twice(self) -> str:
        return self.field_name * 2


@strawberry.type
class Row:
    """Read from a dictionary."""

    first_name: str
    last_name: str | None
    next_row: Optional["Row"]
    all_rows: list["Row"]
    some_rows: list[Optional["Row"]] | None
    color: Color = Color.RED

    @strawberry.field
    def own_key(self, info: OwnInfo) -> JSON:
        return [sorted(self) if isinstance(self, dict) else None, info.twice]

    @strawberry.field(permission_classes=[Sometimes])
    async def guarded_name(self, some_argument: int = 1) -> str | None:
        return f"{self['last_name']} {some_argument}"  # type: ignore[index]

    guarded: str | None = strawberry.field(permission_classes=[Sometimes], default=None)


def row(seed: int, depth: int = 0) -> dict[str, Any]:
    """A row of dictionaries."""
    rng = chance(seed, "row", depth)
    below = [row(seed * 7 + n, depth + 1) for n in range(2)] if depth < 4 else []
    return {
        "first_name": rng.choice(("ada", "late", "bob", "bad", None, 5, "eve")),
        "last_name": rng.choice(("l", "late", "bad", None)),
        "next_row": rng.choice([*below, None]),
        "all_rows": below if rng.random() < 0.9 else "bad",
        "some_rows": [*below, None] if rng.random() < 0.9 else "late",
        "color": rng.choice((Color.GREEN, Color.DARK_RED, "late", None)),
        "guarded": rng.choice(("g", "late", "bad")),
    }


@strawberry.type(name="Query")
class ConfiguredQuery:
    """Reads dictionaries under names of Python."""

    @strawberry.field
    def a_row(self, info: OwnInfo, some_seed: int = 0) -> Row | None:
        return row(info.context.seed + some_seed)  # type: ignore[return-value]

    @strawberry.field
    async def all_rows(self, info: Info) -> list[Row | None]:
        return [row(info.context.seed), row(info.context.seed + 1), None]  # type: ignore[list-item]


configured = strawberry.Schema(
    ConfiguredQuery,
    config=StrawberryConfig(auto_camel_case=False, default_resolver=read, info_class=OwnInfo),
)

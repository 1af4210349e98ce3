"""Arguments of all kinds: each field tells, as a text, what its resolver was given."""

import datetime as dt
import uuid
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Optional

import strawberry
from strawberry import UNSET, Maybe, relay
from strawberry.extensions import FieldExtension
from strawberry.scalars import JSON, Base64

from tests.graphql.nasty.chance import Fault, after
from tests.graphql.nasty.kinds import Angry, Color, Even, Place, Size, Word


@strawberry.input
class Point:
    """Every field may be left out, in another way each."""

    x: int
    y: int | None = 5
    z: int | None = UNSET
    tags: list[str] = strawberry.field(default_factory=lambda: ["default"])
    color: Color = Color.RED
    size: Size | None = Size.NONE
    from_: str | None = strawberry.field(name="from", default=None)
    angry: Angry | None = None
    label: Maybe[str] = None  # type: ignore[valid-type]
    hidden: Maybe[str | None] = None  # type: ignore[valid-type]


@strawberry.input
class Route:
    """Inputs in inputs, and in lists of lists."""

    start: Point
    points: list[Point] = strawberry.field(default_factory=list)
    grid: list[list[int | None]] | None = None
    next_path: Optional["Route"] = None
    at: dt.datetime | None = None
    id: relay.GlobalID | None = None
    ids: list[relay.GlobalID] | None = None
    places: list[Place] | None = None
    maybe_points: Maybe[list[Point] | None] = None  # type: ignore[valid-type]


@strawberry.input(one_of=True)
class Choice:
    """One of these."""

    number: int | None = UNSET
    point: Point | None = UNSET
    words: list[Word] | None = UNSET


@strawberry.input
class Checked:
    """Refuses some values when it is made."""

    low: int = 0
    high: int = 10

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise Fault(f"{self.low} is above {self.high}")


class Rename(FieldExtension):
    """Changes the arguments before the resolver sees them."""

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any) -> Any:
        kwargs["text"] = f"{kwargs.get('text')}!"
        return next_(source, info, **kwargs)


class Drop(FieldExtension):
    """Leaves the arguments out, after a while."""

    async def resolve_async(
        self, next_: Any, source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        await after(1, None)
        return await next_(source, info, text="dropped")


def shown(value: Any) -> str:
    """The value with its types."""
    match value:
        case Enum():
            return f"{type(value).__name__}.{value.name}"
        case list():
            return f"[{', '.join(map(shown, value))}]"
        case dict():
            return f"{{{', '.join(f'{k}: {shown(v)}' for k, v in value.items())}}}"
        case tuple():
            return f"({', '.join(map(shown, value))})"
    if is_dataclass(value) and not isinstance(value, type):
        inner = ", ".join(f"{f.name}={shown(getattr(value, f.name, '?'))}" for f in fields(value))
        return f"{type(value).__name__}({inner})"
    return f"{type(value).__name__}:{value!r}"


def echo(**given: Any) -> str:
    """What a resolver was given."""
    return shown(given)


MUTABLE = [1, 2]


@strawberry.type
class Asked:
    """Says what it was asked."""

    @strawberry.field
    def none(self) -> str:
        return echo()

    @strawberry.field
    def builtin(
        self, a: int, b: float | None, c: str = "def\"ault\n", d: bool = True,
        e: strawberry.ID | None = None, f: int | None = None,
    ) -> str:  # fmt: skip
        return echo(a=a, b=b, c=c, d=d, e=e, f=f)

    @strawberry.field
    def scalars(
        self,
        date: dt.date | None = dt.date(2024, 1, 1),
        time: dt.time | None = None,
        at: dt.datetime | None = None,
        amount: Decimal | None = Decimal("1.50"),
        key: uuid.UUID | None = None,
        base: Base64 | None = None,
        json: JSON | None = None,
    ) -> str:
        return echo(date=date, time=time, at=at, amount=amount, key=key, base=base, json=json)

    @strawberry.field
    async def own(
        self, angry: Angry | None = None, even: Even | None = None, evens: list[Even] | None = None
    ) -> str | None:
        return await after(1, echo(angry=angry, even=even, evens=evens))

    @strawberry.field
    def enums(
        self, color: Color = Color.DARK_RED, size: Size | None = None,
        places: list[Place | None] | None = None, word: Word | None = Word.BYE,
    ) -> str:  # fmt: skip
        return echo(color=color, size=size, places=places, word=word)

    @strawberry.field
    def lists(
        self, a: list[int], b: list[int | None] | None = None,
        c: list[list[int]] | None = UNSET, d: list[str] | None = None,
    ) -> str:  # fmt: skip
        return echo(a=a, b=b, c=c, d=d)

    @strawberry.field
    def mutable(self, a: list[int] = MUTABLE, b: list[int] | None = None) -> str:
        told = echo(a=a, b=b)
        a.append(3)
        return told

    @strawberry.field
    def point(self, point: Point) -> str:
        point.tags.append("changed")
        return echo(point=point)

    @strawberry.field
    def path(self, path: Route | None = None) -> str | None:
        return echo(path=path)

    @strawberry.field
    async def points(self, info: strawberry.Info, points: list[Point] | None = None) -> str:
        return echo(points=points, arguments=info.get_argument_definition("points") is not None)

    @strawberry.field
    def defaulted(self, point: Point | None = None, unset: Point | None = UNSET) -> str | None:
        return echo(point=point, unset=unset)

    @strawberry.field
    def maybe(
        self, a: Maybe[int], b: Maybe[int | None] = None, c: Maybe[list[Point]] = None,
    ) -> str | None:  # fmt: skip
        return echo(a=a, b=b, c=c)

    @strawberry.field
    def choice(self, choice: Choice, more: list[Choice] | None = None) -> str | None:
        return echo(choice=choice, more=more)

    @strawberry.field
    def checked(self, checked: Checked | None = None) -> str:
        return echo(checked=checked)

    @strawberry.field
    def checked_too(self, checked: Checked | None = None) -> str | None:
        return echo(checked=checked)

    @strawberry.field
    def global_id(
        self,
        id: relay.GlobalID,  # noqa: A002
        ids: list[relay.GlobalID] | None = None,
    ) -> str | None:
        return echo(id=id, ids=ids)

    @strawberry.field
    def renamed(
        self,
        snake_case: int = 1,
        given: Annotated[int | None, strawberry.argument(name="other", description="Renamed.")] = 2,
        old: Annotated[int | None, strawberry.argument(deprecation_reason="Old.")] = None,
    ) -> str:
        return echo(snake_case=snake_case, given=given, old=old)

    @strawberry.field(extensions=[Rename()])
    def changed(self, text: str = "a") -> str:
        return echo(text=text)

    @strawberry.field(extensions=[Drop()])
    def dropped(self, text: str = "a") -> str:
        return echo(text=text)

    @strawberry.field(name="class", deprecation_reason="Named like a keyword.")
    def class_(self, from_: Annotated[int, strawberry.argument(name="from")] = 1) -> int | None:
        return from_

    @strawberry.field
    def words(self, info: strawberry.Info, word: str = "w") -> str | None:
        return echo(word=word, variables=info.variable_values)

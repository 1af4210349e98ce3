"""Every kind of value that a field can be asked for, the good and the bad, and every kind of list.

Shapes: a `Kind` has the annotation of a field and makes values from a `random.Random`. A value is
made anew each time, because awaitables and generators are used up.
"""

import asyncio
import datetime as dt
import enum
import random
import uuid
from collections import UserList, deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, NewType, Optional

import strawberry
from graphql import GraphQLError, Undefined
from strawberry.scalars import JSON, Base64

from tests.graphql.nasty.chance import Fault, Named, Promise, Raise, after


class IntSub(int):
    """A kind of int."""


class StrSub(str):
    """A kind of text."""


class FloatSub(float):
    """A kind of float."""


class NoText:
    """Has no text."""

    def __str__(self) -> str:
        raise Fault("no text")

    def __repr__(self) -> str:
        return "<no text>"


@strawberry.enum
class Color(enum.Enum):
    """Values that are texts."""

    RED = "red"
    DARK_RED = strawberry.enum_value("dark", name="VERY_RED", description="Renamed.")
    GREEN = strawberry.enum_value("green", deprecation_reason="Gone.")
    ALIAS = "red"  # noqa: PIE796


@strawberry.enum
class Size(enum.IntEnum):
    """Values that are ints, 0 and 1 too."""

    NONE = 0
    ONE = 1
    TWO = 2


@strawberry.enum(name="Spot")
class Place(enum.Enum):
    """Values that are tuples, floats and an unhashable."""

    HOME = (0, 0)
    AWAY = (1, 2.5)
    HALF = 0.5
    MANY = [1]  # noqa: RUF012


@strawberry.enum
class Word(enum.StrEnum):
    """Members that are texts themselves."""

    HELLO = "hello"
    BYE = "bye"


def _angry(value: Any) -> Any:
    """Serialise or fail, as the value says."""
    match value:
        case "none":
            return None
        case "undefined":
            return Undefined
        case "fault":
            raise Fault("cannot be written")
        case "graphql":
            raise GraphQLError("refused", extensions={"code": "ANGRY", "n": 1})
        case "list":
            return [1, [None, "a"], {"b": 1.5}]
        case "dict":
            return {"z": 1, "a": [None], "nested": {"b": True}}
        case _:
            return value


def _read(value: Any) -> Any:
    """Parse or fail, as the value says."""
    if value == "fault":
        raise Fault("cannot be read")
    if value == "value":
        raise ValueError("not a value")
    if value == "graphql":
        raise GraphQLError("refused to read", extensions={"code": "READ"})
    return None if value == "none" else ("read", value)


Angry = NewType("Angry", object)
Even = NewType("Even", int)
SCALARS = {
    Angry: strawberry.scalar(name="Angry", serialize=_angry, parse_value=_read),
    Even: strawberry.scalar(
        name="Even",
        serialize=lambda value: value * 2,
        parse_value=lambda value: value // 2,
        parse_literal=lambda node, _variables=None: -int(node.value) // 2,
    ),
}

GOOD, ODD, BAD = "good", "odd", "bad"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field holds: its annotation, and how its values are made."""

    annotation: Any
    good: tuple[Callable[[random.Random], Any], ...]
    bad: tuple[Callable[[random.Random], Any], ...] = ()

    def value(self, rng: random.Random, *, harsh: bool = False) -> Any:
        """A value: mostly good, sometimes null, wrong, late or an exception; harsh: often."""
        at = rng.random() if not harsh else 0.5 + rng.random() / 2
        if at < 0.82:
            return rng.choice(self.good)(rng)
        if at < 0.86:
            return None
        if at < 0.91 and self.bad:
            return rng.choice(self.bad)(rng)
        if at < 0.96:
            return late(rng, rng.choice(self.good)(rng))
        return rng.choice(SPECIAL)(rng)


def late(rng: random.Random, value: Any) -> Any:
    """An awaitable of one kind or the other."""
    turns = rng.randrange(4)
    return after(turns, value) if rng.random() < 0.3 else Promise(turns, value)


def _future(value: Any) -> Any:
    future = asyncio.get_running_loop().create_future()
    if isinstance(value, Exception):
        future.set_exception(value)
    else:
        future.set_result(value)
    return future


SPECIAL: tuple[Callable[[random.Random], Any], ...] = (
    lambda _: Fault("returned"),
    lambda _: GraphQLError("returned", extensions={"code": "RETURNED"}),
    lambda _: Raise(Fault("raised")),
    lambda _: Raise(GraphQLError("raised", extensions={"code": "RAISED", "deep": {"a": [1]}})),
    lambda _: Raise(KeyError("key")),
    lambda _: Raise(StopIteration("stop")),
    lambda _: Raise(GraphQLError("has a path", path=["given"])),
    lambda _: Raise(GraphQLError("wraps", original_error=Fault("wrapped"))),
    lambda _: Raise(Fault()),
    lambda _: Raise(AttributeError("attribute")),
    lambda rng: late(rng, None),
    lambda rng: late(rng, Raise(Fault("late"))),
    lambda rng: late(rng, Fault("late and returned")),
    lambda _: _future(None),
    lambda _: _future(Fault("future")),
    lambda _: Undefined,
    lambda _: Named(),
    lambda _: strawberry.UNSET,
)


def constants(*values: Any) -> tuple[Callable[[random.Random], Any], ...]:
    """Makers of values that may be shared."""
    return tuple(lambda _rng, value=value: value for value in values)


BARE_DAY = dt.datetime(2024, 1, 2, 3)  # noqa: DTZ001
BARE = dt.datetime(2024, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001
LEAVES: dict[str, Kind] = {
    "int": Kind(
        int,
        constants(0, 1, -7, 2**31 - 1, -(2**31), True, False, IntSub(3), 1.0, -0.0, "12", Size.TWO),
        constants(2**31, -(2**31) - 1, 10**400, 1.5, float("nan"), float("inf"), "abc", "", "1.5",
                  Decimal(2), Decimal("2.5"), [1], {}, b"1", Color.RED, 1j),
    ),
    "float": Kind(
        float,
        constants(0, 1.5, -1.0, True, FloatSub(2.5), 1e300, 7, "1.5", IntSub(4), -0.0,
            Place.HALF.value),
        constants(float("nan"), float("-inf"), 10**400, "x", "", "nan", [1.0], Decimal("1.5"), {},
            1j),
    ),
    "str": Kind(
        str,
        constants("", "a", "é\u2028\n\"\\", "\U0001f600", StrSub("sub"), 1, 1.5, True, False,
            Word.BYE,
                  10**20, 1e21, "\ud800"),
        constants([], {}, b"bytes", float("nan"), Color.RED, Named(), NoText(), object, ("a",),
            Decimal(1)),
    ),
    "bool": Kind(
        bool,
        constants(True, False, 0, 1, 2, 0.0, 1.5, IntSub(0), -0.0),
        constants("true", "", float("nan"), float("inf"), [], Decimal(1), Named(), NoText()),
    ),
    "id": Kind(
        strawberry.ID,
        constants("a", "", 1, 0, -5, 10**30, StrSub("s"), 2.0, IntSub(9), Word.HELLO, "1"),
        constants(1.5, True, float("nan"), b"b", [], {}, uuid.UUID(int=5), Named(), Color.RED),
    ),
    "date": Kind(dt.date, constants(dt.date(2024, 2, 29), BARE_DAY), constants("2024-01-01", 5,
        {})),
    "datetime": Kind(
        dt.datetime,
        constants(BARE, dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.date(2024, 1, 1)),
        constants("2024-01-01T00:00:00", 0, []),
    ),
    "time": Kind(dt.time, constants(dt.time(1, 2, 3), dt.time(23, 59, tzinfo=dt.UTC)),
        constants("01:00", 1.0)),
    "decimal": Kind(Decimal, constants(Decimal("1.10"), Decimal("NaN"), Decimal("1E+5"), 3, 2.5,
        "x"), constants(NoText(), None)),
    "uuid": Kind(uuid.UUID, constants(uuid.UUID(int=7), "not one", 5), constants(NoText())),
    "base": Kind(Base64, constants(b"", b"abc\xff", bytearray(b"x")), constants("text", 5, [1])),
    "json": Kind(
        JSON,
        constants({"z": 1, "a": [None, True, {"k": 1.5}]}, [], "text", 0, False, 1.5, {"n": None},
            (1, 2), {1: 2}),
        constants(float("nan"), {"set": {1}}, Decimal(1), Named()),
    ),
    "void": Kind(None, constants(None), constants(1, "", False)),
    "angry": Kind(Angry, constants("text", "list", "dict", 5, (1, 2), True), constants("none",
        "undefined", "fault", "graphql")),
    "even": Kind(Even, constants(0, 2, "ab", 1.5, True), constants(None, {}, [3], Named())),
    "color": Kind(
        Color,
        constants(Color.RED, Color.DARK_RED, Color.GREEN, Color.ALIAS),
        constants("red", "RED", "VERY_RED", Size.ONE, 1, [], {}, Named(), Place.HOME, Word.HELLO),
    ),
    "size": Kind(Size, constants(Size.NONE, Size.ONE, Size.TWO), constants(0, 1, 2, True, False, 3,
        "ONE", "1", 1.0, [1])),
    "place": Kind(Place, constants(Place.HOME, Place.AWAY, Place.HALF, Place.MANY), constants((0,
        0), (9, 9), [1], 0.5, "HOME", ([],))),
    "word": Kind(Word, constants(Word.HELLO, Word.BYE), constants("hello", "bye", "HELLO",
        StrSub("hello"), "no", b"hello")),
}  # fmt: skip


# --- lists ----------------------------------------------------------------------------------------

SHAPES: dict[str, Callable[[Any], Any]] = {
    "n": lambda of: Optional[of],  # noqa: UP045
    "r": lambda of: of,
    "nln": lambda of: Optional[list[Optional[of]]],  # noqa: UP045
    "nlr": lambda of: Optional[list[of]],  # noqa: UP045
    "rlr": lambda of: list[of],
    "llr": lambda of: Optional[list[list[of]]],  # noqa: UP045
    "lln": lambda of: Optional[list[Optional[list[Optional[of]]]]],  # noqa: UP045
}
DEPTH = {name: name.count("l") for name in SHAPES}


def _generator(items: list[Any], error: Exception | None = None):
    yield from items
    if error:
        raise error


async def _async_generator(items: list[Any], error: Exception | None = None):
    for item in items:
        await asyncio.sleep(0)
        yield item
    if error:
        raise error


class Iterating:
    """An iterable without a length."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __iter__(self):
        return iter(self._items)

    def __repr__(self) -> str:
        return "<iterating>"


class Turned(list[Any]):
    """A list that is walked backwards."""

    def __iter__(self):
        return reversed(self)


class Several(NamedTuple):
    """A tuple with names."""

    one: Any = 1
    two: Any = None


class Indexed:
    """Has items by index only: no iterable for GraphQL unless it says so."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __getitem__(self, index: int) -> Any:
        return self._items[index]

    def __repr__(self) -> str:
        return "<indexed>"


CONTAINERS: tuple[Callable[[list[Any]], Any], ...] = (
    list, list, list, list, tuple, deque, UserList, iter, _generator, _async_generator, Iterating,
    Turned, lambda items: Several(*items[:2]),
    lambda items: dict(enumerate(items)).values(),
    lambda items: (item for item in items),
)  # fmt: skip
NO_LISTS: tuple[Callable[[list[Any]], Any], ...] = (
    lambda _: "text", lambda _: b"bytes", lambda _: 5, lambda _: {"a": 1}, lambda _: {"one"},
    Indexed,
    lambda items: _generator(items, Fault("in the middle")),
    lambda items: _async_generator(items, Fault("in the middle")),
    lambda _: Fault("no list"), lambda _: Named(), lambda _: range(2), lambda _: frozenset({1}),
)  # fmt: skip


def shaped(kind: Kind, depth: int, rng: random.Random, *, harsh: bool = False) -> Any:
    """A value of the kind inside so many lists."""
    if not depth:
        return kind.value(rng, harsh=harsh)
    at = rng.random()
    if at < 0.08:
        return None
    if at > 0.93:
        return rng.choice(NO_LISTS)([rng.choice(kind.good)(rng)])
    items = [
        _item(shaped(kind, depth - 1, rng, harsh=harsh)) for _ in range(rng.choice((0, 1, 2, 2, 3)))
    ]
    found = rng.choice(CONTAINERS)(items)
    return late(rng, found) if rng.random() < 0.08 else found


def _item(value: Any) -> Any:
    return value.error if isinstance(value, Raise) else value

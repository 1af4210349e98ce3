"""What makes two answers to one question equal.

- `data`: equal, with the order of keys (the specification's 7.2.2 asks for the order of the
  document). Numbers, texts and lists are compared as a client reads them: a subclass of `int` is
  an int, a tuple a list; `true` is not 1 and 1.0 is not 1.
- `errors`: equal as sets: message, path, locations, extensions, kind of the original error. Their
  order is free: the specification gives none (7.1.2), and siblings that wait end in any order.
- Where an object stands in a message by its address in memory, the address is not compared: each
  run makes its own object.
- Where a null propagates, the specification lets an engine cancel what is beside the failed field
  (6.4.4), so the errors below a nulled position may differ. Even there each error must be one that
  the operation can find, and one of them must reach the nulled position through positions that may
  not be null. That is checked against a run in which nothing propagates.
"""

import re
from collections import defaultdict
from typing import Any

from graphql import GraphQLError

from tests.graphql.engines import Answer, Path, Possible

MOST = 6
ADDRESS = re.compile(r" at 0x[0-9a-f]+>")


def told(value: Any) -> Any:
    """The value as a client reads it, in a form that can be compared and keeps the order."""
    match value:
        case None | bool():
            found: Any = value
        case dict():
            found = ("object", [(str(key), told(inner)) for key, inner in value.items()])
        case list() | tuple():
            found = ("list", [told(inner) for inner in value])
        case str():
            found = str.__str__(value)
        case int():
            found = ("int", int.__int__(value))
        case float():
            found = ("float", float.__repr__(value))
        case _:
            found = (type(value).__name__, repr(value))
    return found


def mark(error: GraphQLError) -> tuple[str, ...]:
    """Everything of an error that a client or our log can see."""
    cause = error.original_error
    places = [(place.line, place.column) for place in error.locations or ()]
    return (
        repr(None if error.path is None else tuple(error.path)),
        ADDRESS.sub(">", error.message),
        repr(places),
        repr(told(error.extensions or {})),
        type(cause).__name__ if cause is not None else "-",
    )


def exact(expected: Answer, got: Answer) -> list[str]:
    """The differences without any freedom but the order of errors; none for equal answers."""
    found = _of_data(expected.data, got.data, ())
    wanted, had = map(sorted, ([mark(e) for e in a.errors] for a in (expected, got)))
    found += [f"error missing: {m}" for m in wanted if had.count(m) < wanted.count(m)]
    found += [f"error too many: {m}" for m in had if wanted.count(m) < had.count(m)]
    return found[:MOST]


def lawful(expected: Answer, got: Answer, may: Possible) -> list[str]:
    """The differences that the specification does not allow."""
    found = _of_data(expected.data, got.data, ())
    wanted, _ = _sorted_out(expected)
    had, below = _sorted_out(got)
    found += [f"error missing: {m}" for m in wanted if m not in had]
    found += [f"error too many: {m}" for m in had if m not in wanted or had.count(m) > 1]
    known = {mark(error) for error in may.errors}
    for place, errors in below.items():
        found += [f"impossible error: {mark(e)}" for e in errors if mark(e) not in known]
        found += [f"error told twice: {m}" for m in _twice(errors)]
        if not any(_explains(error, place, may) for error in errors):
            found.append(f"nothing explains the null at {place}")
    for place in _sorted_out(expected)[1]:
        if place not in below:
            found.append(f"no error told for the null at {place}")
    return found[:MOST]


def _twice(errors: list[GraphQLError]) -> list[tuple[str, ...]]:
    marks = [mark(error) for error in errors]
    return [m for m in marks if marks.count(m) > 1]


def _explains(error: GraphQLError, place: Path, may: Possible) -> bool:
    path = tuple(error.path or ())
    ends = range(len(place) + 1, len(path) + 1)
    return all(path[:end] in may.types or isinstance(path[end - 1], int) for end in ends) and all(
        may.non_null(path[:end]) for end in ends
    )


def _sorted_out(answer: Answer) -> tuple[list[tuple[str, ...]], dict[Path, list[GraphQLError]]]:
    """The errors at a null of their own or of no position, and the others by the nulled place."""
    own: list[tuple[str, ...]] = []
    below: dict[Path, list[GraphQLError]] = defaultdict(list)
    for error in answer.errors:
        path = tuple(error.path or ())
        place = nulled(answer.data, path)
        if error.path is None or place is None or place == path:
            own.append(mark(error))
        else:
            below[place].append(error)
    return own, below


def nulled(data: Any, path: Path) -> Path | None:
    """The first position on the path that is null; None if there is none."""
    for end in range(len(path) + 1):
        if data is None:
            return path[:end]
        if end < len(path):
            try:
                data = data[path[end]]
            except (KeyError, IndexError, TypeError):
                return None
    return None


def _of_data(expected: Any, got: Any, path: Path) -> list[str]:
    """Where two values differ, with their paths."""
    if told(expected) == told(got):
        return []
    if isinstance(expected, dict) and isinstance(got, dict):
        if list(expected) != list(got):
            return [f"keys at {path}: {list(expected)} expected, {list(got)} got"]
        pairs = [(key, expected[key], got[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = list(zip(range(len(got)), expected, got, strict=True))
    else:
        return [f"data at {path}: {expected!r} expected, {got!r} got"]
    return [line for key, a, b in pairs for line in _of_data(a, b, (*path, key))]

"""What a partner selected to be told beside an event."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selection came to: data, or a code that says why there is none."""

    data: Any = None
    problem: str | None = None


Select = Callable[[UUID, Sequence[str], str, str], Awaitable[Selected]]
"""Runs a document: for a merchant, with these scopes, about the object of this id."""

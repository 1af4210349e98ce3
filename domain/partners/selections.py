"""What a partner selected to be told beside an event."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose an endpoint is: a merchant's or an organisation's."""

    merchant_id: UUID | None = None
    organisation_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Selected:
    """What a selection came to: data, or a code that says why there is none."""

    data: Any = None
    problem: str | None = None


Select = Callable[[Owner, Sequence[str], str, str], Awaitable[Selected]]
"""Runs a document: for the owner of an endpoint, with these scopes, about the object of this id."""

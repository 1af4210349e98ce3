"""Pure rules and value types of the marketplace: no I/O, no clock, no randomness, no framework.

Here is only what every area says in the same way: a state moves along its allowed moves or not at
all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class InvalidTransition:
    """A state cannot become another; `allowed` lists what it can become, in alphabetical order."""

    from_state: str
    to_state: str
    allowed: tuple[str, ...]


def move(
    moves: Mapping[State, frozenset[State]], from_state: State, to_state: State
) -> State | InvalidTransition:
    """The state moved to, if `moves` allows it.

    Shapes: `moves` holds the states that may follow each state; one it leaves out is final.
    Refuses: every move that is not listed, staying in place among them.
    """
    allowed = moves.get(from_state, frozenset())
    if to_state in allowed:
        return to_state
    return InvalidTransition(from_state, to_state, tuple(sorted(allowed)))

"""What a use case of lots refuses: a code and its facts, as they are kept for a repeated call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.raas import LOT_MOVES, LotState
from models.raas.lots import LotRow
from resolvers.context import BadInput, stored_text
from resolvers.effects import Outcome

LOT_UNKNOWN = "LOT_UNKNOWN"
APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
LONGEST_NOTE = 500
LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code of the project's list, and what the client's program is told beside it."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def outcome(self) -> Outcome:
        """The same as JSON."""
        return {"refused": self.code, "facts": dict(self.facts)}


def refusal_of(outcome: Mapping[str, Any]) -> Refusal | None:
    """The refusal that an outcome stands for; None for a success."""
    code = outcome.get("refused")
    return Refusal(code, outcome.get("facts") or {}) if code else None


def wrong_state(lot: LotRow, to: LotState) -> Refusal:
    """A lot stands where it cannot become `to`; what it can become is told."""
    allowed = sorted(state.value for state in LOT_MOVES.get(lot.state, ()))
    facts = {"from": lot.state.value, "to": to.value, "allowed": allowed}
    return Refusal("INVALID_TRANSITION", facts)


def words(text: str | None, argument: str, most: int = LONGEST_NOTE) -> str | None:
    """A text of the caller's, as given. Raises: BadInput where it is empty or too long."""
    if text is None:
        return None
    if not text.strip() or len(text) > most:
        raise BadInput(f"`{argument}` has 1 to {most} characters.", argument=argument)
    return stored_text(text.strip(), argument)

"""Why a trade-in goes no further: a code and its facts, from which the answer is rendered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.trade_in.questionnaire import AnswersRefused, Excluded, NotEligible
from resolvers.effects import Outcome


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code of `domain.trade_in.wording.WORDINGS`, and what it is about, as JSON."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def outcome(self) -> Outcome:
        """As it is kept for a repeated call."""
        return {"refused": self.code, "facts": dict(self.facts)}


def refusal_of(outcome: Outcome) -> Refusal | None:
    """The refusal that an outcome is, if it is one."""
    code = outcome.get("refused")
    return Refusal(code, outcome["facts"]) if code else None


def not_eligible(reason: NotEligible, question: str | None = None) -> Refusal:
    """A device that is not bought."""
    return Refusal("DEVICE_NOT_ELIGIBLE", {"reason": reason.value, "question": question})


def of_answers(found: AnswersRefused | Excluded) -> Refusal:
    """Answers that cannot be used, or that exclude a device."""
    if isinstance(found, Excluded):
        return not_eligible(found.reason, found.question)
    facts = {"fault": found.fault.value, "question": found.question, "allowed": found.allowed}
    return Refusal("ANSWERS_INVALID", facts)


PROGRAMME_NOT_AVAILABLE = Refusal("PROGRAMME_NOT_AVAILABLE")
QUOTE_UNKNOWN = Refusal("QUOTE_UNKNOWN")

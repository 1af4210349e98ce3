"""What a person says of a device, and the grade that follows from it.

Each answer leaves a best grade, or none: then such a device is not bought. The grade of a set of
answers is the best one that all of them leave. Works and looks are counted apart: a device that
does not work and has a crack is `NOT_FUNCTIONAL_CRACKED`, whichever was said first.
Source: docs/trade-in.md, "The questionnaire".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from domain.trade_in import TradeInGrade

_G = TradeInGrade
_LOOKS: Final = {
    _G.FUNCTIONAL_FLAWLESS: 0,
    _G.FUNCTIONAL_GOOD: 1,
    _G.FUNCTIONAL_USED: 2,
    _G.FUNCTIONAL_CRACKED: 3,
    _G.NOT_FUNCTIONAL_USED: 0,
    _G.NOT_FUNCTIONAL_CRACKED: 3,
}
_WORKING: Final = (
    _G.FUNCTIONAL_FLAWLESS,
    _G.FUNCTIONAL_GOOD,
    _G.FUNCTIONAL_USED,
    _G.FUNCTIONAL_CRACKED,
)
_CRACKED: Final = 3


class NotEligible(StrEnum):
    """Why a device is not bought, whatever is bid."""

    NOT_OWNED = "NOT_OWNED"
    COUNTERFEIT = "COUNTERFEIT"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    BATTERY_UNSAFE = "BATTERY_UNSAFE"
    PRODUCT_UNKNOWN = "PRODUCT_UNKNOWN"
    CATEGORY_NOT_BOUGHT = "CATEGORY_NOT_BOUGHT"
    SERIAL_REQUIRED = "SERIAL_REQUIRED"
    NO_BIDS = "NO_BIDS"


class AnswerFault(StrEnum):
    """What is wrong with a set of answers."""

    UNKNOWN_QUESTION = "UNKNOWN_QUESTION"
    MISSING_ANSWER = "MISSING_ANSWER"
    ANSWER_NOT_ALLOWED = "ANSWER_NOT_ALLOWED"
    ANSWERED_TWICE = "ANSWERED_TWICE"


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing that can be said.

    Shapes: `best` is the best grade that is left, None for any; `excluded` says why a device of
    which this is said is not bought.
    """

    code: str
    text_en: str = ""
    text_fr: str = ""
    best: TradeInGrade | None = None
    excluded: NotEligible | None = None

    def text(self, language: str) -> str:
        """The words in a language; in English where there are none."""
        return self.text_fr if language == "fr" else self.text_en


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. The answers stand best first."""

    code: str
    answers: tuple[Answer, ...]
    text_en: str = ""
    text_fr: str = ""
    help_en: str = ""
    help_fr: str = ""

    def text(self, language: str) -> str:
        """The words in a language; in English where there are none."""
        return self.text_fr if language == "fr" else self.text_en

    def help(self, language: str) -> str:
        """How to find the answer; empty for nothing."""
        return self.help_fr if language == "fr" else self.help_en

    def answer(self, code: str) -> Answer | None:
        """The answer of this code."""
        return next((each for each in self.answers if each.code == code), None)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What is asked of a category in a market. Quotes keep the `id` of the one they rest on."""

    category: str
    market: str
    version: int
    valid_from: date
    questions: tuple[Question, ...]

    @property
    def id(self) -> str:
        """Such as `smartphone:*:1`: a `*` is every market without questions of its own."""
        return f"{self.category}:{self.market}:{self.version}"


@dataclass(frozen=True, slots=True)
class AnswersRefused:
    """A set of answers that cannot be used. `allowed` are the codes that could stand there."""

    fault: AnswerFault
    question: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Excluded:
    """A device that is not bought. `question` is the one whose answer says so."""

    reason: NotEligible
    question: str


Said = Sequence[tuple[str, str]]
"""Codes of questions with those of their answers."""


def declared_grade(asked: Questionnaire, said: Said) -> TradeInGrade | AnswersRefused | Excluded:
    """The grade that follows from answers, in whatever order they come.

    Refuses: a question that is not asked, or answered twice or not at all; an answer that it does
    not have. Of several answers that exclude a device the first question's is told.
    """
    given = _given(asked, said)
    if isinstance(given, AnswersRefused):
        return given
    chosen: list[tuple[Question, Answer]] = []
    for question in asked.questions:
        answer = question.answer(given[question.code])
        if answer is None:
            allowed = tuple(each.code for each in question.answers)
            return AnswersRefused(AnswerFault.ANSWER_NOT_ALLOWED, question.code, allowed)
        chosen.append((question, answer))
    for question, answer in chosen:
        if answer.excluded is not None:
            return Excluded(answer.excluded, question.code)
    return best_left(answer.best for _, answer in chosen if answer.best is not None)


def _given(asked: Questionnaire, said: Said) -> Mapping[str, str] | AnswersRefused:
    known = tuple(question.code for question in asked.questions)
    given: dict[str, str] = {}
    for question, answer in sorted(said):
        if question not in known:
            return AnswersRefused(AnswerFault.UNKNOWN_QUESTION, question, known)
        if question in given:
            return AnswersRefused(AnswerFault.ANSWERED_TWICE, question)
        given[question] = answer
    for each in asked.questions:
        if each.code not in given:
            allowed = tuple(answer.code for answer in each.answers)
            return AnswersRefused(AnswerFault.MISSING_ANSWER, each.code, allowed)
    return given


def best_left(bests: Iterable[TradeInGrade]) -> TradeInGrade:
    """The best grade that all of these leave; without any, the best there is."""
    found = list(bests)
    looks = max((_LOOKS[each] for each in found), default=0)
    if all(works(each) for each in found):
        return _WORKING[looks]
    return _G.NOT_FUNCTIONAL_CRACKED if looks == _CRACKED else _G.NOT_FUNCTIONAL_USED


def works(grade: TradeInGrade) -> bool:
    """Whether a device of this grade does what it is for."""
    return grade in _WORKING

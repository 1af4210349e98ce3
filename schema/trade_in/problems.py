"""Why a trade-in goes no further, as clients read it."""

from collections.abc import Mapping
from typing import Any

import strawberry

from domain.trade_in.locks import LockKind
from domain.trade_in.questionnaire import AnswerFault, NotEligible
from domain.trade_in.wording import ANSWER_FAULTS, STEPS, WHY, WORDINGS
from resolvers.catalog import language
from resolvers.trade_in.refusals import Refusal
from schema.common import Info, Locale, Problem
from schema.rules import HOLDER, PUBLIC, ruled


def _explanation(root: Problem, locale: Locale = "en") -> str:
    """`message` and `hint` in a language, `en` or `fr`."""
    wording = WORDINGS[language(locale)][root.code]
    return f"{wording.message} {wording.hint}"


EXPLAINED: Any = strawberry.field(resolver=_explanation)


@ruled(PUBLIC)
@strawberry.type
class ProgrammeNotAvailable(Problem):
    """The market does not buy such devices of people, not yet or not any more."""

    explanation: str = EXPLAINED


@ruled(PUBLIC)
@strawberry.type
class AnswersInvalid(Problem):
    """The answers do not fit the questions."""

    explanation: str = EXPLAINED
    fault: AnswerFault = strawberry.field(description="What is wrong.")
    question: str | None = strawberry.field(description="Code of the one that it is about.")
    allowed: list[str] = strawberry.field(description="Codes that could stand there. At most 50.")


@ruled(PUBLIC)
@strawberry.type
class DeviceNotEligible(Problem):
    """The device is not bought."""

    explanation: str = EXPLAINED
    reason: NotEligible = strawberry.field(description="Why not.")
    question: str | None = strawberry.field(description="Whose answer says so, if one does.")

    @strawberry.field
    def reason_text(self, locale: Locale = "en") -> str:
        """The reason for a person."""
        return WHY[language(locale)][self.reason]


@ruled(PUBLIC)
@strawberry.type
class NumberInvalid(Problem):
    """`IMEI_INVALID` or `SERIAL_INVALID`: the number of the device cannot be used."""

    explanation: str = EXPLAINED
    because: str | None = strawberry.field(
        description="Of an IMEI: `MISSING`, `NOT_DIGITS`, `LENGTH`, `CHECK_DIGIT`."
    )


@ruled(PUBLIC)
@strawberry.type
class DeviceListed(Problem):
    """`IMEI_BLACKLISTED`: the device is on a list of lost or stolen ones."""

    explanation: str = EXPLAINED


@ruled(HOLDER)
@strawberry.type
class LockSteps:
    """What opens a lock."""

    lock: LockKind = strawberry.field(description="The lock.")

    @strawberry.field
    def steps(self, locale: Locale = "en") -> list[str]:
        """What its owner does, in this order. At most 10."""
        return list(STEPS[language(locale)][self.lock])


@ruled(HOLDER)
@strawberry.type
class ActivationLockOn(Problem):
    """Locks hold the device; a reset does not open them."""

    explanation: str = EXPLAINED
    steps: list[LockSteps] = strawberry.field(description="For each lock that is on. At most 10.")


@ruled(PUBLIC)
@strawberry.type
class QuoteRefused(Problem):
    """`QUOTE_UNKNOWN` or `QUOTE_EXPIRED`."""

    explanation: str = EXPLAINED


@ruled(PUBLIC)
@strawberry.type
class SavedDeviceRefused(Problem):
    """`SAVED_DEVICES_FULL` or `SAVED_DEVICE_UNKNOWN`."""

    explanation: str = EXPLAINED


_PATHS = {
    "PROGRAMME_NOT_AVAILABLE": "market",
    "ANSWERS_INVALID": "answers",
    "DEVICE_NOT_ELIGIBLE": "answers",
    "IMEI_INVALID": "imei",
    "SERIAL_INVALID": "serial",
    "IMEI_BLACKLISTED": "imei",
    "ACTIVATION_LOCK_ON": "locks",
    "QUOTE_UNKNOWN": "quoteId",
    "QUOTE_EXPIRED": "quoteId",
    "SAVED_DEVICES_FULL": "variantId",
    "SAVED_DEVICE_UNKNOWN": "id",
}


def problem_of(info: Info, refusal: Refusal, *, of_input: bool = True) -> Any:
    """The refusal as its type; `of_input` says that it is about an `input`, else an argument."""
    code, facts = refusal.code, refusal.facts
    wording = WORDINGS["en"][code]
    if code == "ANSWERS_INVALID":
        wording = wording._replace(message=ANSWER_FAULTS["en"][AnswerFault(facts["fault"])])
    if code == "DEVICE_NOT_ELIGIBLE":
        wording = wording._replace(hint=WHY["en"][NotEligible(facts["reason"])])
    said: dict[str, Any] = {
        "code": code,
        "message": wording.message,
        "path": [*(["input"] if of_input else []), _PATHS[code]],
        "hint": wording.hint,
        "request_id": strawberry.ID(info.context.request_id),
    }
    return _MADE.get(code, SavedDeviceRefused)(**said, **_facts(code, facts))


def _facts(code: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the type of a code tells beside what every problem does."""
    match code:
        case "ANSWERS_INVALID":
            fault = AnswerFault(facts["fault"])
            allowed = list(facts["allowed"])[:50]
            return {"fault": fault, "question": facts["question"][:64], "allowed": allowed}
        case "DEVICE_NOT_ELIGIBLE":
            return {"reason": NotEligible(facts["reason"]), "question": facts["question"]}
        case "IMEI_INVALID" | "SERIAL_INVALID":
            return {"because": facts.get("reason")}
        case "ACTIVATION_LOCK_ON":
            return {"steps": [LockSteps(lock=LockKind(each)) for each in facts["locks"]]}
        case _:
            return {}


_MADE: dict[str, type[Problem]] = {
    "PROGRAMME_NOT_AVAILABLE": ProgrammeNotAvailable,
    "ANSWERS_INVALID": AnswersInvalid,
    "DEVICE_NOT_ELIGIBLE": DeviceNotEligible,
    "IMEI_INVALID": NumberInvalid,
    "SERIAL_INVALID": NumberInvalid,
    "IMEI_BLACKLISTED": DeviceListed,
    "ACTIVATION_LOCK_ON": ActivationLockOn,
    "QUOTE_UNKNOWN": QuoteRefused,
    "QUOTE_EXPIRED": QuoteRefused,
}


@strawberry.input
class AnswerInput:
    """What is said to a question."""

    question: str = strawberry.field(description="Code of the question.")
    answer: str = strawberry.field(description="Code of one of its answers.")


def said(answers: list[AnswerInput]) -> list[tuple[str, str]]:
    """Answers as the rules take them."""
    return [(each.question, each.answer) for each in answers]

"""Why a step of a trade-in is refused."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import strawberry

from domain.trade_in.orders import CounterReason, Declaration
from domain.trade_in.programme import IdentityDocument
from domain.trade_in.wording_orders import REFUSED
from resolvers.catalog import language
from resolvers.trade_in.refusals import Refusal
from schema.accounts import Told, told
from schema.common import Info, Locale, Money, Problem
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import OWN, ruled


@ruled(OWN)
@strawberry.type
class TradeInRefused(Problem):
    """What has nothing to tell but its code.

    `TRADE_IN_UNKNOWN` `QUOTE_UNKNOWN` `QUOTE_TAKEN` `BID_UNKNOWN` `BID_WITHDRAWN` `CAP_REACHED`
    `PROGRAMME_NOT_AVAILABLE` `DEVICE_ELSEWHERE` `IMEI_BLACKLISTED` `ATTACHMENT_UNKNOWN`
    `PROOF_REQUIRED` `DEVICE_ON_ITS_WAY` `NOTHING_DUE`.
    """

    @strawberry.field
    def explanation(self, locale: Locale = "en") -> str:
        """`message` in a language, `en` or `fr`."""
        return REFUSED[self.code].in_(language(locale))


@ruled(OWN)
@strawberry.type
class TradeInBecause(Problem):
    """What has a finer reason.

    `IMEI_INVALID`, `PAYOUT_ACCOUNT_INVALID` with `MISSING` `NAME` `LENGTH` `COUNTRY` `CHECK_DIGITS`
    `FORMAT`, `PAYOUT_NOT_AVAILABLE` with `NO_PARTNER` `NOTHING_TO_PAY`, `CREDIT_NOT_AVAILABLE` with
    `NONE` `CURRENCY` `CART_BOUGHT` `CART_UNKNOWN`, `COUNTER_OFFER_WINDOW_CLOSED` with
    `ALREADY_MADE` `DECIDE_BY_PASSED`, `ADDRESS_INVALID` with the name of a field.
    """

    reason: str = strawberry.field(description="The finer reason.")


@ruled(OWN)
@strawberry.type
class QuoteExpired(Problem):
    """The quote has ended."""

    expired_at: datetime = strawberry.field(description="When.")


@ruled(OWN)
@strawberry.type
class AgeRequired(Problem):
    """The market asks sellers to declare their age. No date of birth is kept."""

    minimum_age: int = strawberry.field(description="In years.")


@ruled(OWN)
@strawberry.type
class KycRequired(Problem):
    """The market asks sellers for papers."""

    documents: list[IdentityDocument] = strawberry.field(description="Which. At most 6.")


@ruled(OWN)
@strawberry.type
class DeclarationMissing(Problem):
    """Something was not declared."""

    missing: list[Declaration] = strawberry.field(description="What. At most 4.")


@ruled(OWN)
@strawberry.type
class ChecklistIncomplete(Problem):
    """A step was not ticked."""

    missing: list[str] = strawberry.field(description="Codes of the steps. At most 20.")


@ruled(OWN)
@strawberry.type
class LabelNotAvailable(Problem):
    """No contract of the platform has a rate for this lane."""

    origin: str = strawberry.field(description="ISO 3166-1 alpha-2.")
    destination: str = strawberry.field(description="ISO 3166-1 alpha-2.")


@ruled(OWN)
@strawberry.type
class ReasonNotAllowed(Problem):
    """The owner had said so of the device, or no reason was given, or one twice."""

    reasons: list[CounterReason] = strawberry.field(description="Which. At most 10.")
    allowed: list[CounterReason] = strawberry.field(description="What may be said. At most 10.")


@ruled(OWN)
@strawberry.type
class AmountInvalid(Problem):
    """An amount below 0, or not below the bid."""

    below: Money = strawberry.field(description="The bid.")


@ruled(OWN)
@strawberry.type
class AnswerTooLate(Problem):
    """Silence was a no."""

    answer_by: datetime = strawberry.field(description="When the time was over.")


@ruled(OWN)
@strawberry.type
class ActionUnknown(Problem):
    """Nobody asked for this action."""

    allowed: list[str] = strawberry.field(description="What is asked for. At most 7.")


Made = Callable[[Told, Mapping[str, Any]], Problem]


def _because(texts: Told, facts: Mapping[str, Any]) -> Problem:
    return TradeInBecause(**texts, reason=str(facts.get("reason") or facts["field"]))


_WITH_FACTS: Mapping[str, Made] = {
    "IMEI_INVALID": _because,
    "PAYOUT_ACCOUNT_INVALID": _because,
    "PAYOUT_NOT_AVAILABLE": _because,
    "CREDIT_NOT_AVAILABLE": _because,
    "COUNTER_OFFER_WINDOW_CLOSED": _because,
    "ADDRESS_INVALID": _because,
    "QUOTE_EXPIRED": lambda t, f: QuoteExpired(
        **t, expired_at=datetime.fromisoformat(f["expiredAt"])
    ),
    "AGE_REQUIRED": lambda t, f: AgeRequired(**t, minimum_age=f["minimumAge"]),
    "KYC_REQUIRED": lambda t, f: KycRequired(
        **t, documents=[IdentityDocument(each) for each in f["documents"]]
    ),
    "DECLARATION_MISSING": lambda t, f: DeclarationMissing(
        **t, missing=[Declaration(each) for each in f["missing"]]
    ),
    "CHECKLIST_INCOMPLETE": lambda t, f: ChecklistIncomplete(**t, missing=list(f["missing"])[:20]),
    "LABEL_NOT_AVAILABLE": lambda t, f: LabelNotAvailable(
        **t, origin=f["origin"], destination=f["destination"]
    ),
    "REASON_NOT_ALLOWED": lambda t, f: ReasonNotAllowed(
        **t,
        reasons=[CounterReason(each) for each in f["reasons"]],
        allowed=[CounterReason(each) for each in f["allowed"]],
    ),
    "AMOUNT_INVALID": lambda t, f: AmountInvalid(**t, below=Money.of(f["below"], f["currency"])),
    "ANSWER_TOO_LATE": lambda t, f: AnswerTooLate(
        **t, answer_by=datetime.fromisoformat(f["answerBy"])
    ),
    "ACTION_UNKNOWN": lambda t, f: ActionUnknown(**t, allowed=list(f["allowed"])),
    "INVALID_TRANSITION": lambda t, f: InvalidTransition(
        **t, from_=f["from"], to=f["to"], allowed=list(f["allowed"])
    ),
}
_PATHS = {
    "QUOTE_UNKNOWN": "quoteId",
    "QUOTE_TAKEN": "quoteId",
    "QUOTE_EXPIRED": "quoteId",
    "BID_UNKNOWN": "bidId",
    "BID_WITHDRAWN": "bidId",
    "CAP_REACHED": "bidId",
    "AGE_REQUIRED": "declarations",
    "DECLARATION_MISSING": "declarations",
    "KYC_REQUIRED": "documents",
    "PAYOUT_ACCOUNT_INVALID": "payoutAccount",
    "PAYOUT_NOT_AVAILABLE": "payout",
    "CHECKLIST_INCOMPLETE": "ticked",
    "ADDRESS_INVALID": "address",
    "LABEL_NOT_AVAILABLE": "address",
    "REASON_NOT_ALLOWED": "reasons",
    "PROOF_REQUIRED": "proofs",
    "AMOUNT_INVALID": "amount",
    "IMEI_INVALID": "imei",
    "ACTION_UNKNOWN": "action",
}


def problem(info: Info, refusal: Refusal) -> Any:
    """The type of a refusal, with its facts. Raises: KeyError for a code without words."""
    facts = {
        name: ", ".join(value) if isinstance(value, list) else value
        for name, value in refusal.facts.items()
    }
    message = REFUSED[refusal.code].en.format(**facts)
    path = ["input", _PATHS.get(refusal.code, "tradeInId")]
    texts = told(info, refusal.code, message, path, None)
    made = _WITH_FACTS.get(refusal.code)
    return TradeInRefused(**texts) if made is None else made(texts, refusal.facts)

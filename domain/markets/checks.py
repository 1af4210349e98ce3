"""Whether a market may open: a check for each thing that must be there, judged by counted facts.

The shares and counts below are this project's own; nothing of them is law.
Source: docs/markets.md, "Readiness".
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.markets.readiness import RuleState, Settled

LEAST_OFFERS: Final = 3
"""Offers of a category that a visitor may choose among."""
LEAST_GRADES: Final = 2
PRICED_BP: Final = 9_000
PRICED_FAIL_BP: Final = 5_000
IN_COUNTRY_BP: Final = 3_000
REHEARSED_FOR: Final = timedelta(days=7)
ATTESTED_FOR: Final = timedelta(days=90)
MOST_EVIDENCE: Final = 50
TEXTS: Final = ("checkout.order_button", "guarantee.notice", "legal.terms", "withdrawal.notice")
"""What a market says in each of its languages before it sells."""
SUPPORT: Final = "support.contact"
SHOWN_IN: Final = frozenset({"en", "fr"})
"""Languages that the catalogue has names in; a market of another one shows them in English."""


class CheckCode(StrEnum):
    """What is looked at."""

    RULES = "RULES"
    TRANSLATIONS = "TRANSLATIONS"
    OFFERS = "OFFERS"
    PRICES = "PRICES"
    IN_COUNTRY_DISPATCH = "IN_COUNTRY_DISPATCH"
    CARRIER_LABELS = "CARRIER_LABELS"
    IMPACT_FACTORS = "IMPACT_FACTORS"
    SUPPORT_LANGUAGES = "SUPPORT_LANGUAGES"
    KYC_RULES = "KYC_RULES"
    PAYOUT_CURRENCY = "PAYOUT_CURRENCY"
    REHEARSAL = "REHEARSAL"


ATTESTED: Final = frozenset({CheckCode.CARRIER_LABELS, CheckCode.SUPPORT_LANGUAGES})
"""What a person may vouch for, with evidence, where no row of ours can prove it."""


class CheckState(StrEnum):
    """How far it is. A market does not open while one is FAIL."""

    PASS = "PASS"  # noqa: S105 - a word
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen: of what, and how it stands."""

    of: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a check came out, and what it rests on; `counted` where there is more than is listed."""

    code: CheckCode
    state: CheckState
    evidence: tuple[Evidence, ...] = ()
    counted: int = 0


@dataclass(frozen=True, slots=True)
class Supply:
    """Offers of a category and a grade aimed at a market.

    `aimed` have stock, `priced` of those a price there, `sold` could be bought if it were open,
    `inside` of those are dispatched in its countries.
    """

    category: str
    grade: str
    aimed: int
    priced: int
    sold: int
    inside: int


@dataclass(frozen=True, slots=True)
class Lane:
    """A carrier under contract that delivers somewhere, and the day of its last label there."""

    carrier: str
    destination: str
    tested_on: date | None


@dataclass(frozen=True, slots=True)
class Kyc:
    """The terms by which a market buys devices of people; None where it buys none."""

    minimum_age: int
    documents: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The last order that was placed to see whether it can be. `failed` names the step."""

    at: datetime
    passed: bool
    failed: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was counted of a market on a day. Shapes: `texts` are the languages of each key."""

    now: datetime
    countries: Sequence[str]
    languages: Sequence[str]
    currency: str
    strict: bool
    rules: Sequence[Settled] = ()
    texts: Mapping[str, Collection[str]] = field(default_factory=dict)
    categories: Sequence[str] = ()
    supply: Sequence[Supply] = ()
    lanes: Sequence[Lane] = ()
    studied: Collection[str] = ()
    grids: Collection[str] = ()
    kyc: Kyc | None = None
    payable: Collection[str] = ()
    rehearsed: Rehearsed | None = None
    attested: Mapping[CheckCode, date] = field(default_factory=dict)


def verdicts(facts: Facts) -> list[Verdict]:
    """Every check, in the order in which a market is made ready."""
    found = (
        _rules(facts),
        _translations(facts),
        _offers(facts),
        _prices(facts),
        _dispatch(facts),
        _labels(facts),
        _impact(facts),
        _support(facts),
        _kyc(facts),
        _payout(facts),
        _rehearsal(facts),
    )
    return [_vouched(each, facts) for each in found]


def failed(found: Sequence[Verdict]) -> list[CheckCode]:
    """Those that keep a market from opening."""
    return [each.code for each in found if each.state is CheckState.FAIL]


def _vouched(found: Verdict, facts: Facts) -> Verdict:
    """A check that did not pass and that somebody vouched for, not too long ago."""
    on = facts.attested.get(found.code)
    fresh = on is not None and facts.now.date() - on <= ATTESTED_FOR
    if found.state is CheckState.PASS or found.code not in ATTESTED or on is None or not fresh:
        return found
    seen = (*found.evidence, Evidence("attested", on.isoformat()))
    return Verdict(found.code, CheckState.PASS, seen, found.counted + 1)


def _of(code: CheckCode, state: CheckState, evidence: Sequence[Evidence]) -> Verdict:
    return Verdict(code, state, tuple(evidence[:MOST_EVIDENCE]), len(evidence))


def _rules(facts: Facts) -> Verdict:
    """A gap or a conflict fails; so does an unverified rule where the server uses none."""
    gaps = {RuleState.MISSING, RuleState.CONFLICT}
    if facts.strict:
        gaps.add(RuleState.UNVERIFIED)
    open_ = [each for each in facts.rules if each.state is not RuleState.READY]
    open_.sort(key=lambda each: each.state not in gaps)
    state = CheckState.WARN if open_ else CheckState.PASS
    if any(each.state in gaps for each in open_) or not facts.rules:
        state = CheckState.FAIL
    said = [
        Evidence(
            " ".join(filter(None, (each.kind.value, each.country, each.category))),
            each.state.value,
        )
        for each in open_
    ]
    return _of(CheckCode.RULES, state, said)


def _translations(facts: Facts) -> Verdict:
    lacking = [
        Evidence(f"{key} {language}", "MISSING")
        for key in TEXTS
        for language in facts.languages
        if language not in facts.texts.get(key, ())
    ]
    foreign = [
        Evidence(f"catalogue {language}", "SHOWN_IN_ENGLISH")
        for language in facts.languages
        if language not in SHOWN_IN
    ]
    state = CheckState.FAIL if lacking else CheckState.WARN if foreign else CheckState.PASS
    return _of(CheckCode.TRANSLATIONS, state, [*lacking, *foreign])


def _offers(facts: Facts) -> Verdict:
    """Categories with too little to choose among, and grades with it. None at all fails."""
    thin: list[Evidence] = []
    any_sold = any(each.sold for each in facts.supply)
    for category in facts.categories:
        here = {each.grade: each.sold for each in facts.supply if each.category == category}
        total, grades = sum(here.values()), sum(1 for n in here.values() if n)
        if total < LEAST_OFFERS or grades < LEAST_GRADES:
            thin.append(Evidence(category, f"{total} / {grades}"))
    state = CheckState.WARN if thin else CheckState.PASS
    return _of(CheckCode.OFFERS, state if any_sold else CheckState.FAIL, thin)


def _prices(facts: Facts) -> Verdict:
    aimed = sum(each.aimed for each in facts.supply)
    priced = sum(each.priced for each in facts.supply)
    share = 10_000 * priced // aimed if aimed else 0
    state = CheckState.PASS if share >= PRICED_BP else CheckState.WARN
    if share < PRICED_FAIL_BP:
        state = CheckState.FAIL
    return _of(CheckCode.PRICES, state, [Evidence("priced", f"{priced} / {aimed}")])


def _dispatch(facts: Facts) -> Verdict:
    sold, inside = (sum(getattr(e, name) for e in facts.supply) for name in ("sold", "inside"))
    good = sold > 0 and 10_000 * inside >= IN_COUNTRY_BP * sold
    state = CheckState.PASS if good else CheckState.WARN
    return _of(CheckCode.IN_COUNTRY_DISPATCH, state, [Evidence("inside", f"{inside} / {sold}")])


def _labels(facts: Facts) -> Verdict:
    """A contract that no label was ever issued under fails; no contract warns."""
    if not facts.lanes:
        return _of(CheckCode.CARRIER_LABELS, CheckState.WARN, [Evidence("contracts", "0")])
    said = [
        Evidence(
            f"{each.carrier} {each.destination}",
            each.tested_on.isoformat() if each.tested_on else "UNTESTED",
        )
        for each in facts.lanes
    ]
    untested = any(each.tested_on is None for each in facts.lanes)
    state = CheckState.FAIL if untested else CheckState.PASS
    return _of(CheckCode.CARRIER_LABELS, state, said)


def _impact(facts: Facts) -> Verdict:
    """A category without a study shows no figure, which is honest: it warns."""
    lacking = [Evidence(c, "NOT_ESTABLISHED") for c in facts.categories if c not in facts.studied]
    lacking += [Evidence(f"grid {c}", "MISSING") for c in facts.countries if c not in facts.grids]
    state = CheckState.WARN if lacking else CheckState.PASS
    return _of(CheckCode.IMPACT_FACTORS, state, lacking)


def _support(facts: Facts) -> Verdict:
    lacking = [each for each in facts.languages if each not in facts.texts.get(SUPPORT, ())]
    state = CheckState.WARN if lacking else CheckState.PASS
    if len(lacking) == len(facts.languages):
        state = CheckState.FAIL
    said = [Evidence(f"{SUPPORT} {each}", "MISSING") for each in lacking]
    return _of(CheckCode.SUPPORT_LANGUAGES, state, said)


def _kyc(facts: Facts) -> Verdict:
    """Where devices are bought of people, who is asked for what; where none are, nothing is."""
    if facts.kyc is None:
        return _of(CheckCode.KYC_RULES, CheckState.PASS, [Evidence("trade-in", "CLOSED")])
    kyc = facts.kyc
    said = [
        Evidence("minimum age", str(kyc.minimum_age)),
        Evidence("documents", ", ".join(kyc.documents) or "NONE"),
        Evidence("terms", "VERIFIED" if kyc.verified else "UNVERIFIED"),
    ]
    state = CheckState.PASS if kyc.verified else CheckState.WARN
    return _of(CheckCode.KYC_RULES, state, said)


def _payout(facts: Facts) -> Verdict:
    """People who sell devices are paid in the market's currency; where none are bought it warns."""
    payable = facts.currency in facts.payable
    state = CheckState.PASS if payable else CheckState.FAIL
    if not payable and facts.kyc is None:
        state = CheckState.WARN
    word = "PAYABLE" if payable else "NOT_PAYABLE"
    return _of(CheckCode.PAYOUT_CURRENCY, state, [Evidence(facts.currency, word)])


def _rehearsal(facts: Facts) -> Verdict:
    last = facts.rehearsed
    if last is None:
        return _of(CheckCode.REHEARSAL, CheckState.FAIL, [Evidence("rehearsal", "NEVER")])
    said = [Evidence("rehearsal", last.at.isoformat(timespec="seconds"))]
    if not last.passed:
        return _of(
            CheckCode.REHEARSAL, CheckState.FAIL, [*said, Evidence(last.failed or "", "FAILED")]
        )
    old = facts.now - last.at > REHEARSED_FOR
    return _of(CheckCode.REHEARSAL, CheckState.WARN if old else CheckState.PASS, said)

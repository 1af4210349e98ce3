"""Each check of a market passes, warns or fails at the counts that docs/markets.md states."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.markets.checks import (
    CheckCode,
    CheckState,
    Facts,
    Kyc,
    Lane,
    Rehearsed,
    Supply,
    verdicts,
)
from domain.markets.checks import failed as failing
from domain.markets.readiness import RuleState, Settled
from domain.markets.rules import RuleKind
from domain.markets.wording import CHECKS

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASS, WARN, FAIL = CheckState.PASS, CheckState.WARN, CheckState.FAIL
TEXTS = ("checkout.order_button", "guarantee.notice", "legal.terms", "withdrawal.notice")
C = CheckCode


def rule(state: RuleState) -> Settled:
    return Settled(RuleKind.SECONDHAND_DEALER, "FR", None, state, None)


def supply(aimed: int, priced: int, sold: int, inside: int, grade: str = "GOOD") -> Supply:
    return Supply("smartphone", grade, aimed, priced, sold, inside)


READY = Facts(
    now=NOW,
    countries=["FR"],
    languages=["en", "fr"],
    currency="EUR",
    strict=True,
    rules=[rule(RuleState.READY)],
    texts={key: {"en", "fr"} for key in (*TEXTS, "support.contact")},
    categories=["smartphone"],
    supply=[supply(5, 5, 5, 3), supply(5, 5, 5, 3, "FAIR")],
    lanes=[Lane("LA_POSTE", "FR", NOW.date())],
    studied={"smartphone"},
    grids={"FR"},
    kyc=Kyc(18, ("ID_CARD",), verified=True),
    payable={"EUR"},
    rehearsed=Rehearsed(NOW, passed=True, failed=None),
)


def state(code: CheckCode, **more: Any) -> CheckState:
    """How one check comes out where this is otherwise; every other one passes."""
    found = {each.code: each.state for each in verdicts(replace(READY, **more))}
    return found[code]


def test_a_market_that_lacks_nothing_passes_every_check_once() -> None:
    found = verdicts(READY)

    assert [each.code for each in found] == [*CheckCode]
    assert {each.state for each in found} == {PASS}
    assert failing(found) == []


@pytest.mark.parametrize(
    ("code", "more", "expected"),
    [
        (C.RULES, {"rules": []}, FAIL),
        (C.RULES, {"rules": [rule(RuleState.MISSING)]}, FAIL),
        (C.RULES, {"rules": [rule(RuleState.CONFLICT)], "strict": False}, FAIL),
        (C.RULES, {"rules": [rule(RuleState.UNVERIFIED)]}, FAIL),
        (C.RULES, {"rules": [rule(RuleState.UNVERIFIED)], "strict": False}, WARN),
        (C.RULES, {"rules": [rule(RuleState.STALE)]}, WARN),
        (C.TRANSLATIONS, {"texts": {}}, FAIL),
        (C.TRANSLATIONS, {"texts": {key: {"en"} for key in TEXTS}}, FAIL),
        (C.TRANSLATIONS, {"languages": ["it"], "texts": {key: {"it"} for key in TEXTS}}, WARN),
        (C.OFFERS, {"supply": []}, FAIL),
        (C.OFFERS, {"supply": [supply(9, 9, 0, 0)]}, FAIL),
        (C.OFFERS, {"supply": [supply(9, 9, 9, 9)]}, WARN),  # one grade
        (C.OFFERS, {"supply": [supply(1, 1, 1, 1), supply(1, 1, 1, 1, "FAIR")]}, WARN),
        (C.OFFERS, {"supply": [supply(2, 2, 2, 2), supply(1, 1, 1, 1, "FAIR")]}, PASS),
        (C.OFFERS, {"categories": ["smartphone", "laptop"]}, WARN),
        (C.PRICES, {"supply": [supply(100, 90, 90, 90)]}, PASS),
        (C.PRICES, {"supply": [supply(100, 89, 89, 89)]}, WARN),
        (C.PRICES, {"supply": [supply(100, 50, 50, 50)]}, WARN),
        (C.PRICES, {"supply": [supply(100, 49, 49, 49)]}, FAIL),
        (C.IN_COUNTRY_DISPATCH, {"supply": [supply(100, 100, 100, 30)]}, PASS),
        (C.IN_COUNTRY_DISPATCH, {"supply": [supply(100, 100, 100, 29)]}, WARN),
        (C.IN_COUNTRY_DISPATCH, {"supply": []}, WARN),
        (C.CARRIER_LABELS, {"lanes": []}, WARN),
        (C.CARRIER_LABELS, {"lanes": [*READY.lanes, Lane("UPS", "FR", None)]}, FAIL),
        (C.IMPACT_FACTORS, {"studied": set()}, WARN),
        (C.IMPACT_FACTORS, {"grids": set()}, WARN),
        (C.SUPPORT_LANGUAGES, {"texts": {"support.contact": {"fr"}}}, WARN),
        (C.SUPPORT_LANGUAGES, {"texts": {"support.contact": {"it"}}}, FAIL),
        (C.KYC_RULES, {"kyc": None}, PASS),
        (C.KYC_RULES, {"kyc": Kyc(18, (), verified=False)}, WARN),
        (C.PAYOUT_CURRENCY, {"currency": "GBP"}, FAIL),
        (C.PAYOUT_CURRENCY, {"currency": "GBP", "kyc": None}, WARN),
        (C.REHEARSAL, {"rehearsed": None}, FAIL),
        (C.REHEARSAL, {"rehearsed": Rehearsed(NOW, passed=False, failed="ORDER")}, FAIL),
        (C.REHEARSAL, {"now": NOW + timedelta(days=7)}, PASS),
        (C.REHEARSAL, {"now": NOW + timedelta(days=7, seconds=1)}, WARN),
    ],
)
def test_a_check_comes_out_as_its_counts_say(
    code: CheckCode, more: dict[str, Any], expected: CheckState
) -> None:
    assert state(code, **more) is expected


@pytest.mark.parametrize(
    ("code", "on", "expected"),
    [
        (C.CARRIER_LABELS, date(2026, 8, 25), PASS),  # 90 days before
        (C.CARRIER_LABELS, date(2026, 8, 24), FAIL),
        (C.SUPPORT_LANGUAGES, date(2026, 11, 23), PASS),
        (C.RULES, date(2026, 11, 23), FAIL),  # nobody vouches for the law
        (C.REHEARSAL, date(2026, 11, 23), FAIL),
    ],
)
def test_only_labels_and_support_are_vouched_for_and_for_ninety_days(
    code: CheckCode, on: date, expected: CheckState
) -> None:
    lacking = {"lanes": [Lane("UPS", "FR", None)], "texts": {}, "rules": [], "rehearsed": None}

    assert state(code, attested={code: on}, **lacking) is expected


def test_each_check_has_a_title_and_a_remedy_in_both_languages() -> None:
    for language in ("en", "fr"):
        assert set(CHECKS[language]) == set(CheckCode)
    assert all(CHECKS["en"][each] != CHECKS["fr"][each] for each in CheckCode)

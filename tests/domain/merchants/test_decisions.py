"""What a statement of reasons must say, and when a decision may take effect."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import InvalidTransition
from domain.calendars import Calendar
from domain.merchants import MerchantState
from domain.merchants.decisions import (
    FIELDS,
    IN_LAW,
    DecisionType,
    NoticeExemption,
    NoticeTooShort,
    StatementIncomplete,
    answer_by,
    appeal_until,
    becomes,
    begins,
    incomplete,
    notice,
    returns_to,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PARIS = Calendar("FR", "Europe/Paris")
WHOLE: dict[str, Any] = {
    "objects": [{"type": "Merchant", "id": "m"}],
    "territory": ["FR"],
    "duration": {"indefinite": True},
    "facts": "f",
    "triggeredBy": "NOTICE",
    "automatedDetection": False,
    "automatedDecision": False,
    "ground": "LAW",
    "groundRef": "art. 1",
    "explanation": "e",
    "redress": {"outOfCourtBody": "b", "court": "c"},
    "effectiveAt": "2026-12-24T00:00:00Z",
    "rule": {"id": "r", "version": "1"},
    "measured": [],
    "evidence": ["a photo"],
    "howToRemedy": "h",
    "language": "fr",
}


def test_a_whole_statement_lacks_nothing_and_no_is_an_answer() -> None:
    assert set(WHOLE) == set(FIELDS)
    assert incomplete(WHOLE) is None


@given(st.sets(st.sampled_from(FIELDS), min_size=1))
def test_whatever_is_left_out_is_named(out: set[str]) -> None:
    found = incomplete({name: value for name, value in WHOLE.items() if name not in out})

    assert isinstance(found, StatementIncomplete)
    assert (set(found.missing), found.code) == (out, "STATEMENT_INCOMPLETE")


@pytest.mark.parametrize(
    ("given_", "missing"),
    [
        ({"facts": "  "}, ("facts",)),
        ({"evidence": []}, ("evidence",)),
        ({"redress": {"court": "c"}}, ("redress.outOfCourtBody",)),
        ({"rule": {}}, ("rule.id", "rule.version")),
        ({"measured": None}, ("measured",)),
    ],
)
def test_what_is_blank_is_missing(given_: dict[str, Any], missing: tuple[str, ...]) -> None:
    found = incomplete(WHOLE | given_)

    assert isinstance(found, StatementIncomplete)
    assert found.missing == missing


@pytest.mark.parametrize(
    ("kind", "days", "exemption", "refused"),
    [
        pytest.param(DecisionType.TERMINATION, 30, None, False, id="thirty days"),
        pytest.param(DecisionType.TERMINATION, 29, None, True, id="twenty-nine"),
        pytest.param(
            DecisionType.TERMINATION, 0, NoticeExemption.LEGAL_DUTY, False, id="a legal duty"
        ),
        pytest.param(DecisionType.SUSPENSION, 0, None, False, id="a suspension at once"),
    ],
)
def test_the_end_of_an_account_is_told_thirty_days_before(
    kind: DecisionType, days: int, exemption: NoticeExemption | None, refused: bool
) -> None:
    found = notice(kind, NOW + timedelta(days=days), NOW, exemption)

    assert found == (NoticeTooShort(30) if refused else None)


@given(st.datetimes(), st.datetimes())
def test_nothing_takes_effect_before_it_is_told(effective: datetime, told: datetime) -> None:
    assert begins(effective, told) >= told


def test_the_words_of_the_law() -> None:
    assert {kind.value: word.value for kind, word in IN_LAW.items()} == {
        "RESTRICTION": "VISIBILITY_LIMITED",
        "SUSPENSION": "ACCOUNT_SUSPENDED",
        "TERMINATION": "ACCOUNT_TERMINATED",
        "OFFER_REMOVAL": "REMOVED",
        "PAYOUT_HOLD": "PAYMENT_SUSPENDED",
    }


def test_a_decision_makes_the_states_that_a_merchant_may_have() -> None:
    active, ended = MerchantState.ACTIVE, MerchantState.TERMINATED
    assert becomes(DecisionType.SUSPENSION, active) is MerchantState.SUSPENDED
    assert becomes(DecisionType.WARNING, active) is None
    assert isinstance(becomes(DecisionType.TERMINATION, active), InvalidTransition)
    assert becomes(DecisionType.TERMINATION, MerchantState.SUSPENDED) is ended
    suspended = MerchantState.SUSPENDED
    assert returns_to(suspended, suspended, active) is active
    assert returns_to(active, suspended, MerchantState.PROBATION) is None
    assert returns_to(ended, ended, active) is None


def test_six_months_to_appeal_and_fifteen_working_days_to_answer() -> None:
    told = datetime(2026, 8, 31, 10, tzinfo=UTC)
    # 28 February 2027 ends at 23:00 UTC in Paris
    assert appeal_until(told, PARIS) == datetime(2027, 2, 28, 23, tzinfo=UTC)
    # from Monday 23 November 2026: fifteen working days are Monday 14 December
    assert answer_by(NOW, PARIS) == datetime(2026, 12, 14, 23, tzinfo=UTC)

"""Who traders are: forms of values, what lacks, and when selling stops."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.merchants.traders import (
    GRACE,
    REQUIRED,
    SHOWN,
    Deadline,
    Fact,
    FactState,
    Lack,
    LackCode,
    Step,
    TraderField,
    fault,
    lacking,
    step,
    tidy,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
F = TraderField


def fact(field: TraderField, value: str = "x", state: FactState = FactState.GIVEN, **more) -> Fact:
    return Fact(field, value, state, NOW, **more)


def whole() -> dict[TraderField, Fact]:
    return {field: fact(field) for field in REQUIRED}


@pytest.mark.parametrize(
    ("field", "value", "holds"),
    [
        pytest.param(F.PAYMENT_ACCOUNT, "DE89370400440532013000", True, id="iban"),
        pytest.param(F.PAYMENT_ACCOUNT, "DE89370400440532013001", False, id="iban, a digit off"),
        pytest.param(F.VAT_NUMBER, "FR40303265045", True, id="vat"),
        pytest.param(F.VAT_NUMBER, "FR41303265045", False, id="vat, a digit off"),
        pytest.param(F.PHONE, "+33600000000", True, id="phone"),
        pytest.param(F.PHONE, "0600000000", False, id="phone of no country"),
        pytest.param(F.EMAIL, "a@example.com", True, id="mail"),
        pytest.param(F.EMAIL, "a@example", False, id="mail of no domain"),
        pytest.param(F.LEGAL_FORM, "PERSON", True, id="form"),
        pytest.param(F.LEGAL_FORM, "GMBH", False, id="no form of ours"),
        pytest.param(F.BIRTH_DATE, "1980-05-17", True, id="day"),
        pytest.param(F.BIRTH_DATE, "1980-13-17", False, id="no day"),
        pytest.param(F.ESTABLISHMENTS, "DE FR", True, id="countries"),
        pytest.param(F.ESTABLISHMENTS, "DE,FR", False, id="countries with commas"),
        pytest.param(F.NAME, "", False, id="nothing"),
        pytest.param(F.NAME, "x" * 401, False, id="too long"),
    ],
)
def test_a_value_has_the_form_of_its_field(field: TraderField, value: str, holds: bool) -> None:
    assert (fault(field, value) is None) is holds


def test_what_people_write_between_digits_is_left_out() -> None:
    assert tidy(F.PAYMENT_ACCOUNT, "de89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert tidy(F.PHONE, " +33 (0)6.00-00 00 00") == "+330600000000"
    assert tidy(F.NAME, "  Atelier   Ambre ") == "Atelier Ambre"


def test_who_is_in_no_register_has_no_number_there() -> None:
    facts = whole() | {F.REGISTER: fact(F.REGISTER, "NONE")}
    del facts[F.REGISTER_NUMBER]

    assert lacking(facts, NOW.date()) == ()
    facts[F.REGISTER] = fact(F.REGISTER, "RCS Lyon")
    assert lacking(facts, NOW.date()) == (Lack(F.REGISTER_NUMBER, LackCode.MISSING),)


def test_a_check_holds_through_its_last_day() -> None:
    last = date(2026, 11, 23)
    facts = whole() | {F.NAME: fact(F.NAME, state=FactState.VERIFIED, valid_until=last)}

    assert lacking(facts, last) == ()
    assert lacking(facts, date(2026, 11, 24)) == (Lack(F.NAME, LackCode.EXPIRED),)


def test_nothing_private_is_shown() -> None:
    private = {F.IDENTIFICATION, F.PAYMENT_ACCOUNT, F.PAYMENT_HOLDER, F.TAX_NUMBER, F.BIRTH_DATE}

    assert private.isdisjoint(SHOWN)
    assert set(REQUIRED) - set(SHOWN) == {F.IDENTIFICATION, F.PAYMENT_ACCOUNT, F.PAYMENT_HOLDER}


@given(
    missing=st.sets(st.sampled_from(REQUIRED)),
    asked=st.none() | st.integers(-100, 100).map(timedelta),
    stopped=st.booleans(),
)
def test_nobody_is_stopped_who_lacks_nothing_or_had_no_time(missing, asked, stopped) -> None:
    facts = {field: each for field, each in whole().items() if field not in missing}
    deadline = None
    if asked is not None:
        began = NOW - asked
        deadline = Deadline(began, began + GRACE, NOW if stopped else None)

    found = step(lacking(facts, NOW.date()), deadline, NOW)

    if not missing:
        assert found is (None if deadline is None else Step.CLEAR)
    elif deadline is None:
        assert found is Step.ASK
    elif found is Step.STOP:
        assert asked is not None
        assert asked >= timedelta(days=30)
        assert not stopped
    else:
        assert found is None
        assert stopped or asked < timedelta(days=30)

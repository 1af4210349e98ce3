"""What hangs on a delivery: the ends of withdrawal and guarantee, and levies, on known days."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendars import Calendar, months_after
from domain.markets.rules import Audience, Rule, RuleKind, RuleUnverified
from domain.orders.guarantee import (
    Agreement,
    Bought,
    Guarantee,
    ShorteningNotAllowed,
    guarantee,
)
from domain.orders.levy import CapacityRequired, Device, Levy, levy
from domain.orders.sale import Buyer
from domain.orders.vat import vat_on
from domain.orders.withdrawal import (
    Purchase,
    WithdrawalBasis,
    WithdrawalRight,
    last_day,
    withdrawal,
)
from tests.rules import LENIENT, STRICT, book

ZONES = {"FR": "Europe/Paris", "DE": "Europe/Berlin", "PT": "Europe/Lisbon", "IE": "Europe/Dublin"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def right(
    country: str, *delivered: str, informed: str | None = "2026-11-01", **more: object
) -> WithdrawalRight:
    bought = Purchase(
        country, day("2026-11-01"), tuple(map(day, delivered)),
        day(informed) if informed else None, **more,  # type: ignore[arg-type]
    )  # fmt: skip
    found = withdrawal(bought, Calendar(country, ZONES.get(country, "UTC")), book(LENIENT))
    assert isinstance(found, WithdrawalRight), found
    return found


@pytest.mark.parametrize(
    ("country", "delivered", "last"),
    [
        pytest.param("FR", "2026-11-06", "2026-11-20", id="FR"),
        pytest.param("FR", "2026-11-08", "2026-11-23", id="FR, a Sunday"),
        pytest.param("FR", "2026-12-11", "2026-12-28", id="FR, Christmas"),
        pytest.param("FR", "2026-12-18", "2027-01-04", id="FR, New Year"),
        pytest.param("FR", "2027-04-16", "2027-04-30", id="FR, a day before a holiday"),
        pytest.param("DE", "2026-12-12", "2026-12-28", id="DE, Saturday of Christmas"),
        pytest.param("PT", "2027-03-12", "2027-03-29", id="PT, Good Friday"),
        pytest.param("IE", "2027-03-14", "2027-03-30", id="IE, Easter"),
        pytest.param("GB", "2026-12-11", "2026-12-25", id="GB does not roll"),
        pytest.param("KR", "2026-11-06", "2026-11-13", id="KR"),
        pytest.param("JP", "2026-11-06", "2026-11-13", id="JP counts the first day"),
    ],
)
def test_the_last_day_to_withdraw(country: str, delivered: str, last: str) -> None:
    assert right(country, delivered).last_day == day(last)


def test_the_last_parcel_counts() -> None:
    assert right("FR", "2026-11-06", "2026-11-10").last_day == day("2026-11-24")


@pytest.mark.parametrize(
    ("informed", "last"),
    [
        (None, "2027-11-22"),
        ("2027-01-05", "2027-01-19"),
        ("2026-11-06", "2026-11-20"),
        ("2027-12-01", "2027-11-22"),
    ],
)
def test_who_is_told_late_has_fourteen_days_from_then_and_a_year_more_at_most(
    informed: str | None, last: str
) -> None:
    assert right("FR", "2026-11-06", informed=informed).last_day == day(last)


def test_a_right_ends_with_its_day_where_the_buyer_is_and_the_policy_after_it() -> None:
    found = right("FR", "2026-11-06")
    assert found.ends_at == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert found.policy_last_day == day("2026-12-06")
    second = timedelta(seconds=1)
    assert found.ends_at is not None
    assert found.policy_ends_at is not None
    assert found.basis(found.ends_at - second) is WithdrawalBasis.STATUTORY
    assert found.basis(found.ends_at) is WithdrawalBasis.POLICY
    assert found.basis(found.policy_ends_at) is WithdrawalBasis.EXPIRED
    assert found.steps == 2
    assert found.rule_ids == (
        "withdrawal.period:EU:CONSUMER:2014-06-13",
        "withdrawal.function:EU:CONSUMER:2026-06-19",
    )


def test_who_buys_in_business_and_who_buys_in_the_us_has_no_statutory_right() -> None:
    business = right("FR", "2026-11-06", buyer=Buyer.BUSINESS)
    assert (business.last_day, business.policy_last_day) == (None, None)
    states = right("US", "2026-11-06")
    assert (states.last_day, states.policy_last_day) == (None, day("2026-12-06"))


def test_an_unverified_period_is_no_right_that_strict_would_state() -> None:
    bought = Purchase("KR", day("2026-11-01"), (day("2026-11-06"),), day("2026-11-01"))
    calendar = Calendar("KR", "Asia/Seoul")
    assert isinstance(withdrawal(bought, calendar, book(STRICT)), RuleUnverified)


@given(st.dates(day("2026-06-19"), day("2030-12-31")), st.integers(0, 500) | st.none())
def test_no_period_of_the_union_is_shorter_than_its_days_or_ends_on_a_free_day(
    start: date, late: int | None
) -> None:
    calendar = Calendar("FR", "Europe/Paris")
    rule = book().find(RuleKind.WITHDRAWAL_PERIOD, "FR", start, audience=Audience.CONSUMER)
    assert isinstance(rule, Rule)
    informed = None if late is None else start + timedelta(late)
    last = last_day(rule, start, informed, calendar)
    assert last >= start + timedelta(14)
    assert calendar.works(last)
    most = max(months_after(start + timedelta(14), 12), months_after(start, 12) + timedelta(14))
    assert last <= calendar.working_day(most)


def held(
    country: str, delivered: str = "2026-11-06", contract: str = "2026-11-01", **more: object
) -> Guarantee:
    strict = more.pop("strict", True)
    agreement = more.pop("agreement", None)
    bought = Bought(country, day(contract), day(delivered), **more)  # type: ignore[arg-type]
    found = guarantee(bought, book(STRICT if strict else LENIENT), agreement)  # type: ignore[arg-type]
    assert isinstance(found, Guarantee), found
    return found


@pytest.mark.parametrize(
    ("country", "ends"),
    [
        ("PT", "2029-11-06"),
        ("ES", "2029-11-06"),
        ("FR", "2028-11-06"),
        ("DE", "2028-11-06"),
        ("FI", "2028-11-06"),
    ],
)
def test_the_end_of_a_guarantee(country: str, ends: str) -> None:
    assert held(country).ends_on == day(ends)


def test_expected_life_and_limitation_are_noted_and_are_no_months() -> None:
    for strict in (True, False):
        finland = held("FI", strict=strict)
        assert (finland.months, finland.expected_life) == (24, True)
        ireland = held("IE", strict=strict)
        assert (ireland.months, ireland.limitation_years) == (24, 6)
    britain = held("GB", strict=False)
    assert (britain.months, britain.ends_on, britain.limitation_years) == (None, None, 6)


def test_only_a_verified_law_lets_a_guarantee_be_shortened() -> None:
    shorter = Agreement(18, "agreement 1")
    portugal = held("PT", agreement=shorter)
    assert (portugal.months, portugal.refused) == (36, ShorteningNotAllowed(None))
    assert held("PT", refurbished=False, agreement=shorter).ends_on == day("2028-05-06")
    germany = held("DE", agreement=Agreement(12, "agreement 2"))
    assert germany.months == 24
    assert isinstance(germany.refused, RuleUnverified)
    assert held("ES", agreement=Agreement(12, "agreement 3")).agreement_id == "agreement 3"
    assert held("ES", agreement=Agreement(11, "agreement 4")).refused == ShorteningNotAllowed(12)
    assert held("ES", agreement=Agreement(12, "")).refused == ShorteningNotAllowed(12)


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    assert held("FR", "2028-02-29").ends_on == day("2030-02-28")
    assert held("ES", "2028-02-29").ends_on == day("2031-02-28")


def test_a_repair_lengthens_a_guarantee_once_for_contracts_from_the_day_of_the_law() -> None:
    def repaired(times: int, contract: str = "2026-08-05") -> date | None:
        return held("FR", "2026-08-10", contract, repairs=times).ends_on

    assert [repaired(0), repaired(1), repaired(2)] == [
        day("2028-08-10"), day("2029-08-10"), day("2029-08-10"),
    ]  # fmt: skip
    assert repaired(1, "2026-07-30") == day("2028-08-10")


def test_the_law_that_presumes_a_defect_is_told_with_its_end() -> None:
    assert held("FR").presumption_ends_on == day("2027-11-06")
    assert held("DE").presumption_ends_on is None


def due(
    category: str,
    gb: str | None,
    to: str = "FR",
    buyer: Buyer = Buyer.CONSUMER,
    *,
    solidarity: bool = False,
) -> object:
    capacity = Decimal(gb) if gb else None
    device = Device(category, capacity, to, day("2026-11-06"), buyer, solidarity)
    return levy(device, book())


@pytest.mark.parametrize(
    ("category", "gb", "net", "gross"),
    [
        ("smartphone", "64", 720, 864),
        ("smartphone", "65", 840, 1_008),
        ("smartphone", "128", 840, 1_008),
        ("smartphone", "32", 600, 720),
        ("smartphone", "16", 480, 576),
        ("tablet", "32", 650, 780),
    ],
)
def test_a_levy_goes_by_capacity(category: str, gb: str, net: int, gross: int) -> None:
    found = due(category, gb)
    assert isinstance(found, Levy)
    assert (found.net_minor, found.gross_minor, found.verified) == (net, gross, False)


def test_no_levy_is_due_where_none_is_recorded_or_of_a_professional() -> None:
    assert due("laptop", "512") is None
    assert due("smartphone", "64", "BE") is None
    exempt = due("smartphone", None, buyer=Buyer.BUSINESS)
    assert isinstance(exempt, Levy)
    assert (exempt.net_minor, exempt.gross_minor) == (0, 0)
    assert isinstance(due("smartphone", None), CapacityRequired)
    rule = levy(Device("tablet", Decimal(8), "FR", day("2026-11-06")), book(STRICT))
    assert isinstance(rule, RuleUnverified)


def test_the_solidarity_sector_pays_none_whatever_the_capacity() -> None:
    for gb in ("64", None):
        found = due("smartphone", gb, solidarity=True)
        assert isinstance(found, Levy)
        assert (found.net_minor, found.gross_minor, found.exempt) == (0, 0, "SOLIDARITY_SECTOR")
    sold = due("smartphone", "64")
    assert isinstance(sold, Levy)
    assert sold.exempt is None
    assert due("laptop", "512", solidarity=True) is None


def test_before_the_first_decision_no_levy_was_due() -> None:
    device = Device("smartphone", Decimal(64), "FR", day("2021-06-30"))
    assert levy(device, book()) is None


@given(
    st.sampled_from(["smartphone", "tablet"]),
    st.decimals("0.001", "4096", places=3),
    st.decimals("0.001", "4096", places=3),
)
def test_a_larger_device_never_pays_less_and_gross_is_net_and_its_tax(
    category: str, one: Decimal, other: Decimal
) -> None:
    smaller, larger = (due(category, str(each)) for each in sorted((one, other)))
    assert isinstance(smaller, Levy)
    assert isinstance(larger, Levy)
    assert 0 < smaller.net_minor <= larger.net_minor
    assert smaller.gross_minor == smaller.net_minor + vat_on(smaller.net_minor, Decimal(20))


def test_a_levy_that_was_annulled_and_adopted_again_is_two_windows() -> None:
    ids = set()
    for on in ("2023-01-31", "2023-02-01"):
        found = levy(Device("smartphone", Decimal(64), "FR", day(on)), book())
        assert isinstance(found, Levy)
        ids.add(found.rule_ids[0])
    assert len(ids) == 2

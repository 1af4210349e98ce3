"""Looking rules up: the shipped ones on known days, and laws of windows and levels."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.markets.kinds import REQUIRED, SHAPES, BadValue, check_value
from domain.markets.rules import (
    Audience,
    Evidence,
    Protected,
    Rule,
    RuleBook,
    RuleConflict,
    RuleKind,
    RuleMissing,
    RuleOverlap,
    RulePolicy,
    RuleStatus,
    RuleUnverified,
    Scope,
    overlapping,
)
from tests.rules import STRICT, book, shipped

RATE, GUARANTEE = RuleKind.VAT_STANDARD_RATE, RuleKind.GUARANTEE_CONFORMITY


def day(text: str) -> date:
    return date.fromisoformat(text)


def made(scope: Scope, start: date, end: date | None = None, percent: str = "20") -> Rule:
    return Rule(
        scope.id_from(start), scope, start, end, {"percent": percent}, "a test", "",
        Evidence.LAW_TEXT, RuleStatus.VERIFIED, start, "a test",
    )  # fmt: skip


def rate(country: str, on: str, strict: bool = True) -> object:
    found = book(RulePolicy(strict)).find(RATE, country, day(on))
    return found.value["percent"] if isinstance(found, Rule) else type(found)


@pytest.mark.parametrize(
    ("country", "on", "percent"),
    [
        *(("EE", "2024-01-01", "22"), ("EE", "2025-06-30", "22"), ("EE", "2025-07-01", "24")),
        *(("RO", "2025-07-31", "19"), ("RO", "2025-08-01", "21")),
        *(("SK", "2024-12-31", "20"), ("SK", "2025-01-01", "23"), ("LU", "2023-06-15", "16")),
        *(("DE", "2020-12-31", "16"), ("DE", "2021-01-01", "19")),
        *(("GR", "2016-05-31", "23"), ("IE", "2021-02-28", "21")),
    ],
)
def test_a_rate_is_that_of_its_day(country: str, on: str, percent: str) -> None:
    assert rate(country, on) == percent


def test_a_gap_is_told_and_an_unverified_rate_is_for_the_lenient_alone() -> None:
    assert rate("DE", "2015-12-31") is RuleMissing
    assert rate("CH", "2026-09-28", strict=False) is RuleMissing
    assert rate("US", "2026-11-23", strict=False) is RuleMissing
    assert rate("CH", "2026-09-29") is RuleUnverified
    assert rate("CH", "2026-09-29", strict=False) == "8.1"
    found = book().find(RATE, "CH", day("2026-09-29"))
    assert isinstance(found, Rule)
    assert not found.verified
    assert found.stale(day("2026-10-30"))


def test_what_is_shipped_is_of_its_shape_and_no_two_windows_share_a_day() -> None:
    rules = shipped()
    assert overlapping(rules) is None
    assert len({rule.id for rule in rules}) == len(rules)
    assert {rule.scope.kind for rule in rules} == set(SHAPES) == set(RuleKind)
    assert set(REQUIRED) < set(RuleKind)
    rates = [rule for rule in rules if rule.scope.kind is RATE]
    union = [rule for rule in rates if book().in_union(rule.scope.country, rule.valid_from)]
    assert (len(union), len({rule.scope.country for rule in union})) == (40, 27)
    assert {rule.scope.country for rule in rates if rule.verified} == {
        *(rule.scope.country for rule in union),
        "GB",
    }
    assert {
        rule.scope.country for rule in rules if rule.scope.kind is GUARANTEE and rule.verified
    } == {
        *("EU", "FR", "ES", "PT"),
    }


def test_a_window_inside_another_is_an_overlap_with_both_ids() -> None:
    stray = made(Scope(RATE, "EE"), day("2025-01-01"), day("2025-08-01"), "23")
    found = overlapping([*shipped(), stray])
    assert isinstance(found, RuleOverlap)
    assert found.code == "RULE_OVERLAP"
    assert {found.id, found.other} == {
        "vat.standard_rate:EE:2024-01-01",
        "vat.standard_rate:EE:2025-01-01",
    }


def test_the_narrowest_level_that_has_a_rule_wins() -> None:
    start = day("2026-01-01")
    scopes = [
        Scope(RATE, "FR", "75", "laptop"),
        Scope(RATE, "FR", "75"),
        Scope(RATE, "FR", None, "laptop"),
        Scope(RATE, "FR"),
        Scope(RATE, "EU", None, "laptop"),
        Scope(RATE, "EU"),
        Scope(RATE, "*"),
    ]
    rules = [made(scope, start, percent=str(n)) for n, scope in enumerate(scopes)]
    member = next(rule for rule in shipped() if rule.id.startswith("group.member:FR"))
    for n in range(len(scopes)):
        left = RuleBook([member, *rules[n:]])
        found = left.find(RATE, "FR", start, region="75", category="laptop")
        assert isinstance(found, Rule)
        assert found.value["percent"] == str(n)
    here = RuleBook([member, *rules])
    phone = here.find(RATE, "FR", start, category="smartphone")
    assert isinstance(phone, Rule)
    assert phone.scope == Scope(RATE, "FR")


def test_a_rule_of_a_category_holds_for_those_below_it() -> None:
    start = day("2026-01-01")
    rules = RuleBook(
        [made(Scope(RATE, "CH", None, "appliance"), start)], parents={"iron": "appliance"}
    )
    assert isinstance(rules.find(RATE, "CH", start, category="iron"), Rule)
    assert isinstance(rules.find(RATE, "CH", start, category="laptop"), RuleMissing)


def test_the_exact_audience_beats_any_and_another_is_no_candidate() -> None:
    start, scope = day("2026-01-01"), Scope(RATE, "CH")
    rules = RuleBook(
        [
            made(scope, start, percent="1"),
            made(replace(scope, audience=Audience.BUSINESS), start, percent="2"),
        ]
    )
    asked = {who: rules.find(RATE, "CH", start, audience=who) for who in Audience}
    assert {
        who: found.value["percent"] for who, found in asked.items() if isinstance(found, Rule)
    } == {
        Audience.ANY: "1",
        Audience.CONSUMER: "1",
        Audience.BUSINESS: "2",
    }


def test_two_rules_of_one_level_are_a_conflict_and_never_a_choice() -> None:
    scope, start = Scope(RATE, "CH"), day("2026-01-01")
    rules = [made(scope, start), made(scope, day("2026-02-01"))]
    found = RuleBook(rules).find(RATE, "CH", day("2026-03-01"))
    assert found == RuleConflict(RATE, "CH", day("2026-03-01"), tuple(sorted(r.id for r in rules)))


def test_a_rule_of_the_union_is_no_rule_of_britain_after_the_transition() -> None:
    function = RuleKind.WITHDRAWAL_FUNCTION
    assert isinstance(
        book().find(function, "GB", day("2026-11-23"), audience=Audience.CONSUMER), RuleMissing
    )
    assert isinstance(
        book().find(function, "FR", day("2026-11-23"), audience=Audience.CONSUMER), Rule
    )
    assert book().in_union("GB", day("2020-12-31"))
    assert not book().in_union("GB", day("2021-01-01"))


def test_where_the_national_rule_may_not_be_used_the_floor_of_the_union_stands() -> None:
    found = book(STRICT).protecting(GUARANTEE, "DE", day("2026-11-06"))
    assert isinstance(found, Protected)
    assert found.rule.scope.country == "EU"
    assert found.unverified is not None
    assert found.unverified.scope.country == "DE"
    assert isinstance(book(STRICT).protecting(GUARANTEE, "NO", day("2026-11-06")), RuleUnverified)
    assert isinstance(book(STRICT).protecting(GUARANTEE, "CH", day("2026-11-06")), RuleMissing)


def test_a_policy_may_ask_for_evidence_besides() -> None:
    law = RulePolicy(strict=False, evidence=Evidence.OFFICIAL_DATA)
    assert isinstance(book(law).find(RATE, "FR", day("2026-11-06")), Rule)
    assert isinstance(book(law).find(RATE, "NO", day("2026-11-06")), RuleUnverified)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"percent": 20}, "percent"),
        ({"percent": "100"}, "percent"),
        ({"percent": "NaN"}, "percent"),
        ({}, "percent"),
        ({"percent": "20", "reduced": "5"}, "reduced"),
    ],
)
def test_a_value_of_another_shape_is_refused(value: dict[str, object], field: str) -> None:
    assert check_value(RATE, value) == BadValue(RATE, field)


def test_bands_leave_no_gap_and_do_not_overlap() -> None:
    kind = RuleKind.LEVY_PRIVATE_COPY
    usual = {"currency": "EUR", "unit": "GB", "exempt": []}
    first, last = {"gt": "0", "le": "8", "amount": "1"}, {"gt": "8", "le": None, "amount": "2"}
    assert check_value(kind, usual | {"bands": [first, last]}) is None
    for bands in (
        [first, last | {"gt": "9"}],
        [first, last | {"gt": "7"}],
        [last],
        [last | {"gt": "0"}, first],
    ):
        assert check_value(kind, usual | {"bands": bands}) == BadValue(kind, "bands")


def test_a_book_answers_by_its_policy_and_keeps_no_answer_of_another() -> None:
    strict = book(STRICT)
    lenient = strict.under(RulePolicy(strict=False))
    asked = (RATE, "CH", day("2026-09-29"))
    for _ in range(2):
        assert isinstance(strict.find(*asked), RuleUnverified)
        assert isinstance(lenient.find(*asked), Rule)
    assert strict.under(lenient.policy) is lenient
    assert strict.under(STRICT) is strict
    official = strict.under(RulePolicy(strict=False, evidence=Evidence.OFFICIAL_DATA))
    assert isinstance(official.find(RATE, "NO", day("2026-11-06")), RuleUnverified)


DAYS = st.dates(day("2016-01-01"), day("2030-12-31"))
WINDOWS = st.tuples(DAYS, st.none() | st.integers(1, 900))


def _rules(windows: list[tuple[date, int | None]]) -> list[Rule]:
    scope = Scope(RATE, "CH")
    ends = [(start, None if n is None else start + timedelta(n)) for start, n in windows]
    return [made(scope, start, end) for start, end in dict(ends).items()]


@given(st.lists(WINDOWS, max_size=6), DAYS)
def test_a_lookup_never_returns_a_window_that_the_day_is_not_in(
    windows: list[tuple[date, int | None]], on: date
) -> None:
    rules = _rules(windows)
    holding = [rule for rule in rules if rule.holds(on)]
    found = RuleBook(rules).find(RATE, "CH", on)
    match len(holding):
        case 0:
            assert isinstance(found, RuleMissing)
        case 1:
            assert found == holding[0]
        case _:
            assert isinstance(found, RuleConflict)


@given(st.lists(WINDOWS, max_size=6))
def test_an_overlap_is_found_exactly_where_a_day_has_two_rules(
    windows: list[tuple[date, int | None]],
) -> None:
    rules = _rules(windows)
    twice = any(sum(other.holds(rule.valid_from) for other in rules) > 1 for rule in rules)
    assert (overlapping(rules) is not None) == twice

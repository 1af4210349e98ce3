"""What devices are worth, by laws; what becomes of them, step by step."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.raas import Disposition
from domain.raas.conditions import GRADES
from domain.raas.disposition import WORDS, Facts, StepReason, recommend
from domain.raas.terms import Costs, Medium, TermMissing, terms_of
from domain.raas.valuation import (
    BasisKind,
    Evidence,
    NotEnough,
    Value,
    later,
    values,
)
from domain.trade_in import TradeInGrade
from models.raas.catalogue import terms

G = TradeInGrade
_three = st.lists(st.integers(1, 200_000), min_size=3, max_size=3).map(sorted)
_evidence = st.builds(
    lambda kind, grade, n, prices: Evidence(kind, grade, n, *prices, "2026-05-04T00:00:00+00:00"),
    st.sampled_from(BasisKind),
    st.sampled_from(GRADES),
    st.integers(1, 9),
    _three,
)
_all = st.lists(_evidence, max_size=18, unique_by=lambda each: (each.kind, each.grade))


@given(_all)
def test_least_median_and_most_are_in_order_and_a_worse_condition_is_never_worth_more(
    evidence: list[Evidence],
) -> None:
    found = values(evidence, "smartphone", terms())
    known = [found[grade] for grade in GRADES if isinstance(found[grade], Value)]
    for each in known:
        assert isinstance(each, Value)
        assert 0 <= each.least <= each.median <= each.most
    for better, worse in pairwise(known):
        assert isinstance(better, Value)
        assert isinstance(worse, Value)
        assert worse.least <= better.least
        assert worse.median <= better.median
        assert worse.most <= better.most


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 2_000), st.integers(0, 11))
def test_later_is_never_more_and_keeps_the_order(
    one: int, other: int, decay: int, months: int
) -> None:
    low, high = sorted((one, other))
    assert later(low, decay, months + 1) <= later(low, decay, months) <= low
    assert later(low, decay, months) <= later(high, decay, months)
    assert later(low, decay, 0) == low


def _said(kind: BasisKind, grade: TradeInGrade, n: int = 3) -> Evidence:
    return Evidence(kind, grade, n, 100_00, 200_00, 300_00, "2026-05-04T00:00:00+00:00")


def test_bids_go_before_lots_and_lots_before_offers() -> None:
    kinds = list(BasisKind)
    for at, kind in enumerate(kinds):
        told = values([_said(each, G.FUNCTIONAL_USED) for each in kinds[at:]], "x", terms())
        value = told[G.FUNCTIONAL_USED]
        assert isinstance(value, Value)
        assert value.kind is kind


def test_offers_count_less_what_lies_between_and_tell_what_broken_devices_leave() -> None:
    found = values([_said(BasisKind.OFFER_PRICES, G.FUNCTIONAL_USED)], "smartphone", terms())
    used, cracked, dead = (
        found[each] for each in (G.FUNCTIONAL_USED, G.FUNCTIONAL_CRACKED, G.NOT_FUNCTIONAL_USED)
    )
    assert isinstance(used, Value)
    assert isinstance(cracked, Value)
    assert isinstance(dead, Value)
    assert (used.median, used.derived) == (110_00, False)  # 200.00 less 45 %
    assert (cracked.median, cracked.derived) == (49_50, True)  # 45 % of that
    assert dead.median == 22_00
    assert isinstance(found[G.FUNCTIONAL_GOOD], NotEnough)


def test_too_few_prices_are_no_value_and_say_how_few() -> None:
    found = values([_said(BasisKind.TRADE_IN_BIDS, G.FUNCTIONAL_GOOD, 2)], "x", terms())
    assert found[G.FUNCTIONAL_GOOD] == NotEnough(2, 3)
    assert found[G.FUNCTIONAL_USED] == NotEnough(0, 3)


COSTS = Costs(90_00, 95_00, 15_00, 1_800, 12_00, 6, Medium.SOLDERED)


@pytest.mark.parametrize(
    ("facts", "chosen", "reasons"),
    [
        (Facts(G.FUNCTIONAL_GOOD, 200_00, 190_00, 2), "RESELL", ["NOTHING_TO_REPAIR", "SALE_PAYS"]),
        (Facts(G.FUNCTIONAL_CRACKED, 60_00, 190_00, 2), "REPAIR", ["REPAIR_PAYS"]),
        (
            Facts(G.FUNCTIONAL_CRACKED, 60_00, 120_00, 2),
            *("RESELL", ["REPAIR_COSTS_MORE", "SALE_PAYS"]),
        ),
        (
            Facts(G.FUNCTIONAL_USED, 10_00, 10_00, 3),
            *("DONATE", ["NOTHING_TO_REPAIR", "BELOW_HANDLING", "STILL_USEFUL"]),
        ),
        (
            Facts(G.FUNCTIONAL_USED, 10_00, 100_00, 9),
            *("PARTS", ["NOTHING_TO_REPAIR", "BELOW_HANDLING", "TOO_OLD", "PARTS_PAY"]),
        ),
        (
            Facts(G.FUNCTIONAL_CRACKED, None, None, None),
            "RECYCLE",
            [*("VALUE_UNKNOWN",) * 2, "SCREEN_BROKEN", "VALUE_UNKNOWN", "MATERIALS_LEFT"],
        ),
        (
            Facts(G.NOT_FUNCTIONAL_USED, 5_00, 30_00, 4),
            "DESTROY",
            [
                *("REPAIR_COSTS_MORE", "NOT_WORKING", "NOT_WORKING", "PARTS_BELOW_WORK"),
                *("CANNOT_BE_ERASED", "NOTHING_ELSE"),
            ],
        ),
    ],
)
def test_the_first_step_that_makes_sense_is_recommended_and_the_others_say_why_not(
    facts: Facts, chosen: str, reasons: list[str]
) -> None:
    found = recommend(facts, COSTS)
    assert found.disposition.value == chosen
    assert [step.reason.value for step in found.steps] == reasons
    assert [step.disposition for step in found.steps] == list(Disposition)[: len(reasons)]


_facts = st.builds(
    Facts,
    st.sampled_from(GRADES),
    st.none() | st.integers(0, 10**6),
    st.none() | st.integers(0, 10**6),
    st.none() | st.integers(0, 30),
)


@given(_facts, st.sampled_from(Medium))
def test_every_device_has_a_recommendation_and_what_cannot_be_erased_is_destroyed(
    facts: Facts, medium: Medium
) -> None:
    found = recommend(facts, Costs(90_00, 95_00, 15_00, 1_800, 12_00, 6, medium))
    assert found.steps[-1].disposition is found.disposition
    if found.disposition is Disposition.DESTROY:
        assert medium is Medium.SOLDERED
        assert facts.grade.value.startswith("NOT_")


def test_every_figure_has_a_source_and_every_reason_words() -> None:
    with pytest.raises(ValueError, match="no source"):
        terms_of([{"term": "a", "subject": "*", "value": "1", "source": " "}])
    with pytest.raises(TermMissing):
        terms().of("nothing")
    assert all(WORDS[lang].keys() == set(StepReason) for lang in ("en", "fr"))

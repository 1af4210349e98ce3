"""What holds in every competition, whatever its offers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from uuid import UUID

from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

from domain.markets import DispatchScope
from domain.merchants.quality import QualityMetric, Sample, quality_bp
from domain.ranking.explain import explain
from domain.ranking.levers import QualityToWin, quality_to_win
from domain.ranking.model import RankingParameters, check, merit_range
from domain.ranking.rotation import group, in_band, pick
from domain.ranking.score import Competitor, Scored, beats, effective_e6, merit, rank, score
from domain.ranking.win import (
    PriceBounds,
    WinningPrice,
    contest,
    price_to_win,
    price_to_win_alone,
)
from tests.domain.ranking.competitions import PARAMETERS, PRIOR, competitors, parameters

NEARER = [DispatchScope.ELSEWHERE, DispatchScope.SAME_CUSTOMS_AREA, DispatchScope.IN_MARKET]

amounts = st.integers(1, 10_000)
improvements: dict[str, Callable[[Competitor, int], Competitor]] = {
    "lower price": lambda o, by: replace(o, item_minor=max(o.item_minor - by, 1)),
    "higher quality": lambda o, by: replace(o, quality_bp=min(o.quality_bp + by, 10000)),
    "sooner": lambda o, by: replace(o, days=max(o.days - by % 16, 0)),
    "longer warranty": lambda o, by: replace(o, warranty_months=o.warranty_months + by % 30),
    "new battery": lambda o, _: replace(o, battery_new=True),
    "nearer": lambda o, by: replace(
        o, scope=NEARER[min(NEARER.index(o.scope) + 1 + by % 2, len(NEARER) - 1)]
    ),
}


def order(offers: Sequence[Competitor], by: RankingParameters = PARAMETERS) -> list[UUID]:
    return [s.competitor.offer_id for s in rank(offers, by, PRIOR)]


def share(offers: Sequence[Competitor], offer_id: UUID, by: RankingParameters) -> int:
    sharing = group(rank(offers, by, PRIOR), by, PRIOR)
    assert sharing is not None
    return sharing.share_bp(offer_id, by.lead_share_bp)


@settings(max_examples=300)
@given(
    competitors(),
    parameters(),
    st.integers(0, 6),
    st.sampled_from(sorted(improvements)),
    amounts,
)
def test_an_improvement_never_worsens_rank_nor_share(
    offers: list[Competitor], by: RankingParameters, which: int, how: str, amount: int
) -> None:
    assume(check(by, PRIOR) is None)
    place = which % len(offers)
    mine = offers[place]
    improved = [*offers[:place], improvements[how](mine, amount), *offers[place + 1 :]]

    assert order(improved, by).index(mine.offer_id) <= order(offers, by).index(mine.offer_id)
    assert share(improved, mine.offer_id, by) >= share(offers, mine.offer_id, by)


@given(competitors(), parameters(), st.sampled_from([1, 5, 100]))
def test_price_to_win_is_first_and_one_step_more_is_not(
    offers: list[Competitor], by: RankingParameters, step: int
) -> None:
    assume(check(by, PRIOR) is None)
    for me in offers:
        duel = contest(me, offers, by, PRIOR)
        found = price_to_win(duel, PriceBounds(step_minor=step))
        if isinstance(found, WinningPrice):
            assert found.item_minor % step == 0
            assert duel.leads(replace(me, item_minor=found.item_minor))
            assert not duel.leads(replace(me, item_minor=found.item_minor + step))


@given(competitors(), st.sampled_from([1, 5, 100]))
def test_price_to_win_alone_is_alone_and_one_step_more_is_not(
    offers: list[Competitor], step: int
) -> None:
    for me in offers:
        duel = contest(me, offers, PARAMETERS, PRIOR)
        found = price_to_win_alone(duel, PriceBounds(step_minor=step))
        if isinstance(found, WinningPrice):
            assert duel.leads_alone(replace(me, item_minor=found.item_minor))
            assert not duel.leads_alone(replace(me, item_minor=found.item_minor + step))


@given(competitors())
def test_bisection_finds_the_same_price_as_the_formula(offers: list[Competitor]) -> None:
    me = offers[0]
    duel = contest(me, offers, PARAMETERS, PRIOR)

    assert price_to_win(duel) == price_to_win(
        duel, priced=lambda item: replace(me, item_minor=item)
    )


@given(competitors())
def test_a_lever_that_is_enough_leads_and_one_step_less_does_not(
    offers: list[Competitor],
) -> None:
    for me in offers:
        duel = contest(me, offers, PARAMETERS, PRIOR)
        found = quality_to_win(duel, None)
        if not isinstance(found, QualityToWin) or not found.levers:
            continue
        quality = found.levers[0]
        target = int(str(quality.target))
        assert duel.leads(replace(me, quality_bp=target)) == quality.enough
        if quality.enough and target - 1 > me.quality_bp:
            less = replace(me, quality_bp=target - 1)
            assert score(less, PARAMETERS, PRIOR).merit < found.needed_merit


@given(st.data())
def test_the_order_of_the_rows_does_not_matter(data: st.DataObject) -> None:
    offers = data.draw(competitors())
    shuffled = data.draw(st.permutations(offers))

    assert rank(offers, PARAMETERS, PRIOR) == rank(shuffled, PARAMETERS, PRIOR)


@given(competitors(low=3))
def test_removing_an_offer_does_not_swap_two_others(offers: list[Competitor]) -> None:
    full = order(offers)
    for gone in offers:
        left = [o for o in offers if o is not gone]
        assert order(left) == [i for i in full if i != gone.offer_id]


@given(competitors(), st.integers(2, 1000))
def test_multiplying_all_totals_keeps_the_order(offers: list[Competitor], by: int) -> None:
    scaled = [
        replace(o, item_minor=o.item_minor * by, shipping_minor=o.shipping_minor * by)
        for o in offers
    ]

    assert order(scaled) == order(offers)


@given(competitors())
def test_the_stored_key_orders_as_the_exact_comparison(offers: list[Competitor]) -> None:
    ranked = rank(offers, PARAMETERS, PRIOR)
    for a, b in combinations(ranked, 2):
        assert beats(a, b)
        assert not beats(b, a)


@settings(max_examples=500)
@given(
    st.integers(1, 10**9), st.integers(5000, 15000), st.integers(5000, 15000), st.integers(-3, 3)
)
def test_two_keys_are_equal_only_where_the_prices_are(
    landed: int, merit_a: int, merit_b: int, off: int
) -> None:
    other = max(landed * merit_b // merit_a + off, 1)
    left, right = landed * merit_b, other * merit_a
    key_a, key_b = effective_e6(landed, merit_a), effective_e6(other, merit_b)

    assert (key_a < key_b) == (left < right)
    assert (key_a == key_b) == (left == right)


@given(competitors(), parameters())
def test_merit_stays_in_the_range_that_the_parameters_promise(
    offers: list[Competitor], by: RankingParameters
) -> None:
    assume(check(by, PRIOR) is None)
    reach = merit_range(by, PRIOR)

    for offer in offers:
        assert 5000 <= reach.lowest <= merit(offer, by, PRIOR) <= reach.highest <= 15000


@given(parameters(), competitors())
def test_a_merchant_without_data_has_no_quality_term(
    by: RankingParameters, offers: list[Competitor]
) -> None:
    newcomer = replace(offers[0], quality_bp=quality_bp({}))

    assert score(newcomer, by, PRIOR).terms.quality == 0


def test_some_leader_is_not_the_cheapest() -> None:
    def dearer_leader(offers: list[Competitor]) -> bool:
        lead = rank(offers, PARAMETERS, PRIOR)[0]
        return lead.landed_minor > min(o.landed_minor for o in offers)

    assert find(competitors(), dearer_leader, settings=settings(phases=[Phase.generate]))


@given(competitors(), st.integers(1, 10**6))
def test_nothing_told_to_a_merchant_varies_with_who_the_others_are(
    offers: list[Competitor], mask: int
) -> None:
    me = offers[0]
    keys = [s.effective_e6 for s in rank(offers, PARAMETERS, PRIOR)]
    assume(len(set(keys)) == len(keys))

    def renamed(offer: Competitor) -> Competitor:
        if offer.merchant_id == me.merchant_id:
            return offer
        shift = mask * 2**64
        return replace(
            offer,
            offer_id=UUID(int=offer.offer_id.int + shift),
            merchant_id=UUID(int=offer.merchant_id.int + shift),
        )

    others = [renamed(o) for o in offers]
    assert told(me, others) == told(me, offers)


def told(me: Competitor, offers: Sequence[Competitor]) -> tuple[object, ...]:
    duel = contest(me, offers, PARAMETERS, PRIOR)
    explanation = explain(me.offer_id, rank(offers, PARAMETERS, PRIOR), PARAMETERS)
    prices = price_to_win(duel), price_to_win_alone(duel)
    return explanation, prices, quality_to_win(duel, None)


@given(competitors(), parameters(), st.integers(0, 10**9))
def test_the_featured_offer_is_of_the_group_and_the_group_is_fair(
    offers: list[Competitor], by: RankingParameters, turn: int
) -> None:
    assume(check(by, PRIOR) is None)
    ranked = rank(offers, by, PRIOR)
    sharing = group(ranked, by, PRIOR)
    assert sharing is not None
    of_id: dict[UUID, Scored] = {s.competitor.offer_id: s for s in ranked}
    members = [of_id[i] for i in sharing.offer_ids]

    assert pick(sharing, "key", turn, by.lead_share_bp) in sharing.offer_ids
    assert sharing.leader == ranked[0].competitor.offer_id
    assert sharing.size <= by.max_sharers
    assert len({m.competitor.merchant_id for m in members}) == sharing.size
    for member in members[1:]:
        assert in_band(ranked[0], member, by.band_bp)
        assert member.competitor.quality_bp >= PRIOR


@given(st.integers(0, 500), st.integers(1, 500))
def test_fewer_failures_never_lower_quality(x: int, n: int) -> None:
    x = min(x, n)
    failures = QualityMetric.FAILURE_RATE
    better = quality_bp({failures: Sample.of(max(x - 1, 0), n)})

    assert better >= quality_bp({failures: Sample.of(x, n)})

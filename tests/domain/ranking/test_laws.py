"""What holds in every competition, whatever its offers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations
from random import Random
from uuid import UUID

from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

from domain.markets import DispatchScope
from domain.merchants.quality import QualityMetric, Sample, quality_bp
from domain.ranking.explain import explain
from domain.ranking.levers import Lever, LeverChange, LeverValue, QualityToWin, quality_to_win
from domain.ranking.model import RankingParameters, check, merit_range
from domain.ranking.rotation import group, in_band, pick
from domain.ranking.score import Competitor, Scored, beats, effective_e6, merit, rank, score
from domain.ranking.win import (
    NoCompetitor,
    PriceBounds,
    WinningPrice,
    contest,
    price_to_share,
    price_to_win,
    price_to_win_alone,
)
from tests.domain.ranking.competitions import (
    ALPHA,
    BRAVO,
    DELTA,
    PARAMETERS,
    PRIOR,
    competitors,
    parameters,
)

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


def leads(me: Competitor, offers: Sequence[Competitor], by: RankingParameters) -> bool:
    """By ranking everybody else again; the merchant's own other offers are left aside."""
    others = [o for o in offers if o.merchant_id != me.merchant_id]
    return rank([me, *others], by, PRIOR)[0].competitor.offer_id == me.offer_id


def alone(me: Competitor, offers: Sequence[Competitor], by: RankingParameters) -> bool:
    others = [o for o in offers if o.merchant_id != me.merchant_id]
    sharing = group(rank([me, *others], by, PRIOR), by, PRIOR)
    return sharing is not None and sharing.offer_ids == (me.offer_id,)


def near(me: Competitor, offers: Sequence[Competitor], by: RankingParameters) -> bool:
    """First, or in the band of the first and allowed to share."""
    others = [o for o in offers if o.merchant_id != me.merchant_id]
    first, *_ = rank([me, *others], by, PRIOR)
    may = me.quality_bp >= PRIOR and by.max_sharers > 1
    return first.competitor.offer_id == me.offer_id or (
        may and in_band(first, score(me, by, PRIOR), by.band_bp)
    )


GOALS = {"win": (price_to_win, leads), "alone": (price_to_win_alone, alone)}
GOALS["share"] = (price_to_share, near)
bounds = st.none() | st.integers(1, 40_000)


@settings(max_examples=300)
@given(
    competitors(),
    parameters(),
    st.sampled_from([1, 5, 100]),
    st.sampled_from(sorted(GOALS)),
    bounds,
    bounds,
)
def test_a_price_that_wins_does_so_ranked_again_and_one_step_more_does_not(
    offers: list[Competitor],
    by: RankingParameters,
    step: int,
    goal: str,
    lowest: int | None,
    highest: int | None,
) -> None:
    assume(check(by, PRIOR) is None)
    ask, reached = GOALS[goal]
    limits = PriceBounds(step, lowest, highest, highest_landed_minor=highest and highest + 500)
    for me in offers:
        found = ask(contest(me, offers, by, PRIOR), limits)
        if not isinstance(found, WinningPrice):
            continue
        price = found.item_minor
        assert price % step == 0
        assert price > 0
        assert found.diff_minor == price - me.item_minor
        assert lowest is None or price >= lowest
        assert highest is None or price <= highest
        assert reached(replace(me, item_minor=price), offers, by)
        more = replace(me, item_minor=price + step)
        bound = highest is not None and (
            more.item_minor > highest or more.landed_minor > highest + 500
        )
        assert bound or not reached(more, offers, by)


@given(competitors(), parameters(), st.sampled_from([1, 5, 100]), st.sampled_from(sorted(GOALS)))
def test_what_is_unreachable_is_not_reached_at_the_lowest_price_that_is_allowed(
    offers: list[Competitor], by: RankingParameters, step: int, goal: str
) -> None:
    assume(check(by, PRIOR) is None)
    ask, reached = GOALS[goal]
    for me in offers:
        lowest = me.item_minor + (-me.item_minor) % step
        found = ask(contest(me, offers, by, PRIOR), PriceBounds(step, lowest))
        at_lowest = reached(replace(me, item_minor=lowest), offers, by)
        if isinstance(found, NoCompetitor):
            assert {o.merchant_id for o in offers} == {me.merchant_id}
        else:
            assert isinstance(found, WinningPrice) == at_lowest


@given(competitors(), parameters())
def test_the_first_and_those_that_may_share_answer_for_all_rivals(
    offers: list[Competitor], by: RankingParameters
) -> None:
    """What `models/offers/compete.sql` reads of a competition is enough."""
    assume(check(by, PRIOR) is None)
    for me in offers:
        whole = contest(me, offers, by, PRIOR)
        seen, few = set(), []
        for place, rival in enumerate(whole.rivals):
            own = rival.competitor
            may = own.quality_bp >= PRIOR and own.merchant_id not in seen
            if place == 0 or (may and len(seen) <= by.max_sharers):
                few.append(own)
            if may:
                seen.add(own.merchant_id)
        part = contest(me, few, by, PRIOR)
        for ask, _ in GOALS.values():
            assert ask(part) == ask(whole)
        assert quality_to_win(part, None) == quality_to_win(whole, None)


@given(competitors())
def test_bisection_finds_the_same_price_as_the_formula(offers: list[Competitor]) -> None:
    me = offers[0]
    duel = contest(me, offers, PARAMETERS, PRIOR)

    assert price_to_win(duel) == price_to_win(
        duel, priced=lambda item: replace(me, item_minor=item)
    )


def _one_less(change: LeverChange) -> LeverValue | None:
    """The setting before the target; None where that is the present one."""
    match change.current, change.target:
        case (Decimal() as now, Decimal() as then) if abs(then - now) > 1:
            return then - 1 if then > now else then + 1
        case (DispatchScope() as now, DispatchScope() as then):
            before = NEARER[NEARER.index(then) - 1]
            return None if before is now else before
    return None


def _with(
    me: Competitor, lever: Lever, value: LeverValue, counts: dict[QualityMetric, Sample]
) -> Competitor:
    match lever:
        case Lever.QUALITY:
            return replace(me, quality_bp=int(str(value)))
        case Lever.DELIVERY_DAYS:
            return replace(me, days=int(str(value)))
        case Lever.WARRANTY_MONTHS:
            return replace(me, warranty_months=int(str(value)))
        case Lever.BATTERY_NEW:
            return replace(me, battery_new=bool(value))
        case Lever.DISPATCH_COUNTRY:
            assert isinstance(value, DispatchScope)
            return replace(me, scope=value)
    metric = QualityMetric(lever.value)
    sample = replace(counts[metric], x=Fraction(str(value)))
    return replace(me, quality_bp=quality_bp({**counts, metric: sample}))


@settings(max_examples=150)
@given(competitors(), st.sampled_from([ALPHA, BRAVO, DELTA]))
def test_a_lever_that_is_enough_leads_ranked_again_and_one_change_less_does_not(
    offers: list[Competitor], counts: dict[QualityMetric, Sample]
) -> None:
    for given_me in offers:
        me = replace(given_me, quality_bp=quality_bp(counts))
        found = quality_to_win(contest(me, offers, PARAMETERS, PRIOR), counts)
        if not isinstance(found, QualityToWin):
            continue
        assert bool(found.levers) != leads(me, offers, PARAMETERS)
        for change in found.levers:
            improved = _with(me, change.lever, change.target, counts)
            if change.enough:
                assert leads(improved, offers, PARAMETERS)
            if change.enough and (less := _one_less(change)) is not None:
                worse = _with(me, change.lever, less, counts)
                assert score(worse, PARAMETERS, PRIOR).merit < found.needed_merit
                assert not _beats_for_sure(worse, offers)


def _beats_for_sure(me: Competitor, offers: Sequence[Competitor]) -> bool:
    """Ahead by effective price alone: `needed` asks for that, so that no tie decides."""
    others = [o for o in offers if o.merchant_id != me.merchant_id]
    mine, best = score(me, PARAMETERS, PRIOR), rank(others, PARAMETERS, PRIOR)[0]
    return mine.landed_minor * best.merit < best.landed_minor * mine.merit


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

    searching = settings(phases=[Phase.generate], max_examples=10_000)
    assert find(competitors(), dearer_leader, settings=searching, random=Random(1))


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

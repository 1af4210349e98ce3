"""Five thousand walks through the life of lots: whoever does what, the laws hold."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.raas import AssetState, LotBidState, LotState
from tests.lot_model import BEFORE_CONTRACT, OPERATIONS, Model, ModelBid, ModelLot, drawn

B, L = LotBidState, LotState
NUMBER = st.integers(0, 399)
STEPS = st.lists(
    st.tuples(st.integers(0, len(OPERATIONS) - 1), st.integers(0, 2), NUMBER, NUMBER), max_size=30
)
ENDS = {L.UNSOLD, L.CANCELLED, L.CONTRACTED}


def held(model: Model) -> None:
    """The laws of every moment."""
    for asset, state in model.assets.items():
        holders = model.holders(asset)
        assert len(holders) == (state is AssetState.IN_LOT), asset
    for lot in model.lots:
        if lot.sealed and not lot.opened:
            assert lot.readable() == []
            assert all(bid.rank is None for bid in lot.bids)
        live = [bid.bidder for bid in lot.live()]
        assert len(live) == len(set(live)), "one live bid of each"
        winners = [bid for bid in lot.bids if bid.state is B.WON]
        assert len(winners) == (lot.state in {L.AWARDED, L.CONTRACTED})
        if lot.state is L.BIDDING_CLOSED:
            assert lot.standing(), "nothing waits for an award that cannot be"
        if lot.state in ENDS:
            assert not lot.live()


def ends(lot: ModelLot, model: Model) -> None:
    """By the clock alone a lot before its contract comes to an end, in as many steps as bids."""
    for _ in range(3 + len(lot.bids)):
        if lot.state not in BEFORE_CONTRACT:
            return
        assert model.deadline(lot) == "OK"
        held(model)
    raise AssertionError(lot)


@settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**48))
def test_on_every_walk_the_laws_hold_and_the_clock_alone_ends_it(seed: int) -> None:
    chance, model = Random(seed), Model()
    for _ in range(40):
        model.step(drawn(chance, model))
        held(model)
    for lot in model.lots:
        ends(lot, model)
        assert lot.state in ENDS


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_the_laws_hold_whatever_anybody_tries(steps) -> None:
    model = Model()
    for step in steps:
        model.step(step)
        held(model)
    for lot in model.lots:
        ends(lot, model)
        assert lot.state in ENDS


def test_walks_reach_every_state_and_every_end_of_a_bid() -> None:
    chance, lots, bids = Random(5), set(), set()
    for _ in range(300):
        model = Model()
        for _ in range(30):
            model.step(
                (chance.randrange(99), chance.randrange(3), *chance.choices(range(400), k=2))
            )
            lots |= {lot.state for lot in model.lots}
            bids |= {bid.state for lot in model.lots for bid in lot.bids}

    assert lots == {*BEFORE_CONTRACT, *ENDS}
    assert bids == set(B)


def test_the_winner_is_the_same_however_bids_came_in_while_amounts_differ() -> None:
    chance = Random(7)
    for _ in range(300):
        amounts = chance.sample(range(300_00, 500_00), 3)
        winners = set()
        for _ in range(3):
            model = Model()
            model.create({0})
            [lot] = model.lots
            model.publish(lot, 0, 0)
            for bidder in chance.sample(range(3), 3):
                model.count += 1
                lot.bids.append(ModelBid(bidder, amounts[bidder], model.count))
            model.deadline(lot)
            winner = lot.winner()
            assert winner is not None
            winners.add(winner.bidder)
        assert len(winners) == 1

"""Lots as plain Python: what must become of them, whoever does what in whatever order.

The walks of `tests/domain/raas/test_lot_walks.py` hold it to the laws; those of
`tests/models/test_lot_life.py` hold the server to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from domain import InvalidTransition, move
from domain.raas import ASSET_MOVES, BID_MOVES, LOT_MOVES, AssetState, LotBidState, LotState
from domain.raas.award import Bid, out, ranked
from domain.raas.lots import LotRules

B, L = LotBidState, LotState
DEVICES, MOST_LOTS = 4, 6
RESERVE = 300_00
BIDDERS = ((5200, False), (8600, False), (7600, True))
"""Quality of each bidder, and whether it is a solidarity actor; all work in the country."""
NOW = datetime(2026, 5, 4, tzinfo=UTC)
RULES = LotRules(NOW + timedelta(days=1), reserve_minor=RESERVE)
OPERATIONS = (
    *("create", "publish", "bid", "bid", "bid", "withdraw", "change", "cancel"),
    *("deadline", "deadline", "award", "confirm", "decline"),
)
BEFORE_CONTRACT = frozenset({L.DRAFT, L.PUBLISHED, L.BIDDING_CLOSED, L.AWARDED})
LIKELY: Mapping[LotState, tuple[str, ...]] = {
    L.DRAFT: ("publish", "publish", "publish", "change", "cancel", "deadline"),
    L.PUBLISHED: (*("bid",) * 8, "withdraw", "change", "cancel", *("deadline",) * 4),
    L.BIDDING_CLOSED: ("award", "award", "award", "deadline", "cancel"),
    L.AWARDED: ("confirm", "confirm", "decline", "decline", "deadline", "deadline", "cancel"),
}
"""What is worth doing to a lot that stands there."""
Step = tuple[int, int, int, int]


@dataclass(slots=True)
class ModelBid:
    """A bid; `n` counts all bids, and stands for time and id."""

    bidder: int
    amount: int
    n: int
    state: LotBidState = B.SUBMITTED
    rank: int | None = None


@dataclass(slots=True)
class ModelLot:
    """A lot."""

    assets: set[int]
    state: LotState = L.DRAFT
    version: int = 1
    sealed: bool = True
    auto: bool = False
    opened: bool = False
    awarded: int | None = None
    bids: list[ModelBid] = field(default_factory=list)

    def readable(self) -> list[ModelBid]:
        """The bids that anybody but their own merchants may read."""
        return [] if self.sealed and not self.opened else self.bids

    def live(self) -> list[ModelBid]:
        return [bid for bid in self.bids if bid.state is B.SUBMITTED]

    def standing(self) -> list[ModelBid]:
        return sorted((b for b in self.live() if b.rank), key=lambda b: b.rank or 0)

    def winner(self) -> ModelBid | None:
        return next((bid for bid in self.bids if bid.state is B.WON), None)


@dataclass(slots=True)
class Model:
    """A fleet of four devices, its lots, and three who bid."""

    assets: dict[int, AssetState] = field(
        default_factory=lambda: dict.fromkeys(range(DEVICES), AssetState.MATCHED)
    )
    lots: list[ModelLot] = field(default_factory=list)
    count: int = 0

    def step(self, step: Step) -> str:
        """Do one thing; the code of a refusal, `OK`, or `-` where there is nothing to do it to."""
        name, which, one, two = OPERATIONS[step[0] % len(OPERATIONS)], *step[1:]
        if name == "create":
            return self.create({n for n in range(DEVICES) if (1 + one % 15) >> n & 1})
        if not self.lots:
            return "-"
        lot = self.lots[which % len(self.lots)]
        found: str = getattr(self, name)(lot, one, two)
        return found

    def create(self, wanted: set[int]) -> str:
        if len(self.lots) == MOST_LOTS:
            return "-"
        if any(self.assets[n] is not AssetState.MATCHED for n in wanted):
            return "ASSET_NOT_AVAILABLE"
        self.lots.append(ModelLot(wanted))
        self._assets(wanted, AssetState.IN_LOT)
        return "OK"

    def publish(self, lot: ModelLot, one: int, two: int) -> str:
        if lot.state is not L.DRAFT:
            return "INVALID_TRANSITION"
        lot.sealed, lot.auto = one % 2 == 0, two % 2 == 0
        self._move(lot, L.PUBLISHED)
        return "OK"

    def bid(self, lot: ModelLot, one: int, two: int) -> str:
        bidder, amount, stale = bid_of(one, two)
        if not self._seen(lot, bidder):
            return "LOT_UNKNOWN"
        if lot.state is not L.PUBLISHED:
            return "BIDDING_CLOSED"
        if stale:
            return "LOT_CHANGED_SINCE_BID"
        if not lot.sealed and amount < RESERVE:
            return "BELOW_RESERVE"
        for bid in lot.live():
            if bid.bidder == bidder:
                self._end(bid, B.WITHDRAWN)
        self.count += 1
        lot.bids.append(ModelBid(bidder, amount, self.count))
        return "OK"

    def withdraw(self, lot: ModelLot, one: int, _: int) -> str:
        bidder = one % len(BIDDERS)
        if not self._seen(lot, bidder):
            return "LOT_UNKNOWN"
        if lot.state is not L.PUBLISHED:
            return "BIDDING_CLOSED"
        own = [bid for bid in lot.live() if bid.bidder == bidder]
        if not own:
            return "LOT_BID_UNKNOWN"
        self._end(own[0], B.WITHDRAWN)
        return "OK"

    def change(self, lot: ModelLot, *_: int) -> str:
        if lot.state not in {L.DRAFT, L.PUBLISHED}:
            return "INVALID_TRANSITION"
        lot.version += 1
        for bid in lot.live():
            self._end(bid, B.INVALIDATED)
        return "OK"

    def cancel(self, lot: ModelLot, *_: int) -> str:
        if lot.state not in BEFORE_CONTRACT:
            return "INVALID_TRANSITION"
        for bid in (bid for bid in lot.bids if bid.state in {B.SUBMITTED, B.WON}):
            self._end(bid, B.INVALIDATED)
        self._move(lot, L.CANCELLED)
        self._assets(lot.assets, AssetState.MATCHED)
        return "OK"

    def deadline(self, lot: ModelLot, *_: int) -> str:
        """The next deadline of the lot passes: every state before a contract has one."""
        if lot.state is L.DRAFT:
            self._move(lot, L.CANCELLED)
            self._assets(lot.assets, AssetState.MATCHED)
        elif lot.state is L.PUBLISHED:
            self._close(lot)
        elif lot.state is L.BIDDING_CLOSED:
            self._unsold(lot)
        elif lot.state is L.AWARDED:
            self._default(lot)
        else:
            return "-"
        return "OK"

    def award(self, lot: ModelLot, one: int, _: int) -> str:
        if lot.state is not L.BIDDING_CLOSED:
            return "INVALID_TRANSITION"
        left = lot.standing()
        self._award(lot, left[one % len(left)])
        return "OK"

    def confirm(self, lot: ModelLot, one: int, _: int) -> str:
        if refused := self._not_won(lot, one % len(BIDDERS)):
            return refused
        for bid in lot.live():
            self._end(bid, B.LOST)
        self._move(lot, L.CONTRACTED)
        return "OK"

    def decline(self, lot: ModelLot, one: int, _: int) -> str:
        if refused := self._not_won(lot, one % len(BIDDERS)):
            return refused
        self._default(lot)
        return "OK"

    def _seen(self, lot: ModelLot, bidder: int) -> bool:
        return lot.state is L.PUBLISHED or any(bid.bidder == bidder for bid in lot.bids)

    def _not_won(self, lot: ModelLot, bidder: int) -> str | None:
        if lot.awarded != bidder:
            return "LOT_UNKNOWN"
        return None if lot.state is L.AWARDED else "INVALID_TRANSITION"

    def _close(self, lot: ModelLot) -> None:
        self._move(lot, L.BIDDING_CLOSED)
        lot.opened = True
        given = {UUID(int=bid.n): bid for bid in lot.live()}
        facts = [judged(bid) for bid in given.values()]
        for bid in facts:
            if out(bid, RULES, NOW):
                self._end(given[bid.id], B.LOST)
        left = [bid for bid in facts if not out(bid, RULES, NOW)]
        for place in ranked(left, RULES.weights):
            given[place.bid.id].rank = place.rank
        self._onwards(lot)

    def _onwards(self, lot: ModelLot) -> None:
        left = lot.standing()
        if not left:
            self._unsold(lot)
        elif lot.auto:
            self._award(lot, left[0])

    def _award(self, lot: ModelLot, bid: ModelBid) -> None:
        self._end(bid, B.WON)
        lot.awarded = bid.bidder
        self._move(lot, L.AWARDED)

    def _default(self, lot: ModelLot) -> None:
        winner = lot.winner()
        assert winner is not None
        self._end(winner, B.DEFAULTED)
        lot.awarded = None
        self._move(lot, L.BIDDING_CLOSED)
        self._onwards(lot)

    def _unsold(self, lot: ModelLot) -> None:
        for bid in lot.live():
            self._end(bid, B.LOST)
        self._move(lot, L.UNSOLD)
        self._assets(lot.assets, AssetState.MATCHED)

    def _move(self, lot: ModelLot, to: LotState) -> None:
        moved = move(LOT_MOVES, lot.state, to)
        assert not isinstance(moved, InvalidTransition), moved
        lot.state = moved

    def _end(self, bid: ModelBid, to: LotBidState) -> None:
        moved = move(BID_MOVES, bid.state, to)
        assert not isinstance(moved, InvalidTransition), moved
        bid.state = moved

    def _assets(self, which: set[int], to: AssetState) -> None:
        for n in which:
            moved = move(ASSET_MOVES, self.assets[n], to)
            assert not isinstance(moved, InvalidTransition), moved
            self.assets[n] = moved

    def holders(self, asset: int) -> list[ModelLot]:
        """The lots that hold a device: one at most."""
        ended = {L.UNSOLD, L.CANCELLED}
        return [lot for lot in self.lots if asset in lot.assets and lot.state not in ended]


def bid_of(one: int, two: int) -> tuple[int, int, bool]:
    """Who bids, how much in minor units, and whether on a version that is not there any more."""
    return one % len(BIDDERS), (250 + two % 200) * 100, two % 11 == 0


def judged(bid: ModelBid) -> Bid:
    """A bid as the rules take it."""
    quality, ess = BIDDERS[bid.bidder]
    return Bid(
        UUID(int=bid.n), bid.amount, quality, True, 0, ess, NOW + timedelta(seconds=bid.n),
        NOW + timedelta(days=60),
    )  # fmt: skip


def drawn(chance: Random, model: Model) -> Step:
    """A step that mostly leads somewhere, and sometimes is what nobody should try."""
    one, two = chance.randrange(400), chance.randrange(400)
    live = [n for n, lot in enumerate(model.lots) if lot.state in BEFORE_CONTRACT]
    if chance.random() < 0.15:
        return chance.randrange(len(OPERATIONS)), chance.randrange(MOST_LOTS), one, two
    if not live or chance.random() < 0.1:
        return OPERATIONS.index("create"), 0, chance.choice((1, 2, 4, 8, one)) - 1, two
    which = chance.choice(live)
    lot = model.lots[which]
    name = chance.choice(LIKELY[lot.state])
    winner = lot.winner()
    if winner is not None and name in {"confirm", "decline"} and chance.random() < 0.8:
        one = winner.bidder
    return OPERATIONS.index(name), which, one, two

"""Whoever acts in whatever order, a lot loses no cent, holds each device once, and comes to an end.

A pure model of a lot from its contract to its close is driven by the rules alone.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from domain.orders.ledger import LedgerAccount
from domain.raas import ASSET_MOVES, LOT_MOVES, AssetState, Disposition, LotState
from domain.raas.custody import CustodyKind, Holder, Standing, Subject, Taken, Told, follows, took
from domain.raas.erasing import (
    ErasingFault,
    Medium,
    MediumType,
    Partner,
    Try,
    Validation,
    Verification,
    disposition_fault,
    erased,
    tried,
)
from domain.raas.settling import WHOLE_BP, AdjustmentReason, Line, decided, statement, totals
from domain.units.proofs import ErasureMethod, ErasureTechnique

WALKS = 5_000
A, L = AssetState, LotState
T0 = datetime(2026, 11, 2, tzinfo=UTC)
HANDLED = {
    ErasureMethod.CLEAR: ErasureTechnique.OVERWRITE,
    ErasureMethod.PURGE: ErasureTechnique.CRYPTO_ERASE,
    ErasureMethod.DESTROY: ErasureTechnique.SHRED,
}
PARTNER = Partner("RECYCLER", frozenset({"R2V3"}))


@dataclass
class Device:
    state: A = A.IN_LOT
    media: list[Medium] = field(default_factory=list)
    proved: bool = False
    went: Disposition | None = None
    charged: bool = False

    def to(self, state: A) -> None:
        assert state in ASSET_MOVES[self.state], (self.state, state)
        self.state = state


class Walk:
    """A lot, and what may be done to it next."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.lot, self.now = L.CONTRACTED, T0
        self.devices = [Device() for _ in range(self.draw.randint(1, 5))]
        self.box = Standing(Subject.CONTAINER)
        self.bid = self.draw.randint(0, 10_000)
        self.lines: list[Line] = []
        self.books: dict[LedgerAccount, int] = {}
        self.open: set[int] = set()
        self.final = self.paid = False

    def move(self, to: L) -> None:
        assert to in LOT_MOVES[self.lot], (self.lot, to)
        self.lot = to

    def step(self) -> None:
        self.now += timedelta(hours=self.draw.randint(1, 100))
        {
            L.CONTRACTED: self.carry,
            L.IN_CUSTODY: self.carry,
            L.RECEIVED: self.count,
            L.RECONCILED: self.process,
            L.PROCESSED: self.settle,
            L.SETTLED: self.dispute_or_pay,
        }[self.lot]()
        self.check()

    def carry(self) -> None:
        after = sorted(follows(Subject.CONTAINER, self.box.last, self.box.seal is not None))
        kind = self.draw.choice([k for k in after if k is not CustodyKind.WEIGHED])
        seal = "S1" if kind in {CustodyKind.SEALED, CustodyKind.SEAL_CHECKED} else None
        made = took(self.box, Told(kind, self.now, seal), Holder.PLATFORM, self.now)
        assert isinstance(made, Taken), made
        self.box = made.standing
        if kind is CustodyKind.COLLECTED:
            self.move(L.IN_CUSTODY)
            for each in self.devices:
                each.to(A.COLLECTED)
        if kind in {CustodyKind.ARRIVED, CustodyKind.LOST}:
            if self.lot is L.CONTRACTED:  # lost before it was fetched: nothing of it comes
                self.move(L.IN_CUSTODY)
                for each in self.devices:
                    each.to(A.COLLECTED)
            self.move(L.RECEIVED)

    def count(self) -> None:
        lost = self.box.last is CustodyKind.LOST
        for each in self.devices:
            each.to(A.MISSING if lost or self.draw.random() < 0.3 else A.RECEIVED)
            if each.state is A.MISSING and self.draw.random() < 0.3:
                each.charged = True
            elif each.state is A.MISSING and self.draw.random() < 0.2:
                each.to(A.RECEIVED)  # it was found after all
        self.move(L.RECONCILED)

    def process(self) -> None:
        waiting = [each for each in self.devices if each.state not in {A.DISPOSED, A.MISSING}]
        if not waiting:
            self.move(L.PROCESSED)
            return
        device = self.draw.choice(waiting)
        if device.state is A.RECEIVED:
            device.to(A.DIAGNOSED)
            device.media = [Medium(MediumType.FLASH)] * self.draw.randint(1, 2)
        elif self.draw.random() < 0.6 and device.state in {A.DIAGNOSED, A.ERASURE_FAILED}:
            self.erase(device)
        else:
            self.dispose(device)

    def erase(self, device: Device) -> None:
        n = self.draw.randrange(len(device.media))
        method, fine = self.draw.choice(list(ErasureMethod)), self.draw.random() < 0.6
        given = Try(
            method, HANDLED[method], "W", "1", "O", "R", "P", self.now, self.now, fine,
            verification=Verification("READ", 1, True), validation=Validation("V", True, self.now),
        )  # fmt: skip
        made = tried(device.media[n], given, self.now)
        if isinstance(made, ErasingFault):
            return
        device.media[n] = made
        state = erased(device.media, storage=True)
        if state is A.DESTROYED and device.state is A.DIAGNOSED:
            device.to(A.ERASURE_FAILED)
        if state is not None and state is not device.state:
            device.to(state)
        device.proved = device.state is A.ERASED

    def dispose(self, device: Device) -> None:
        to = self.draw.choice(list(Disposition))
        if disposition_fault(device.state, to, "why", PARTNER, proof=True):
            return
        for state in (A.ERASURE_FAILED, A.DESTROYED):
            unclean = device.state in {A.DIAGNOSED, A.ERASURE_FAILED}
            if unclean and to is Disposition.DESTROY and state in ASSET_MOVES[device.state]:
                device.to(state)
        device.to(A.DISPOSED)
        device.went = to

    def settle(self) -> None:
        worth = [
            (0, AdjustmentReason.MISSING)
            if each.state is A.MISSING and not each.charged
            else (self.draw.randint(0, WHOLE_BP), AdjustmentReason.GRADE)
            for each in self.devices
        ]
        weights = [self.draw.randint(0, 9) for _ in self.devices]
        self.lines = statement(self.bid, weights, worth, 600)
        self.post(*self.sums())
        for each in self.devices:
            each.to(A.SETTLED)
        self.move(L.SETTLED)

    def sums(self) -> tuple[int, int]:
        found = totals(self.lines)
        return found.gross_minor, found.fee_minor

    def post(self, gross: int, fee: int) -> None:
        amounts = {
            LedgerAccount.MERCHANT_OWED: gross,
            LedgerAccount.ORGANISATIONS_OWED: fee - gross,
            LedgerAccount.SERVICE_FEES: -fee,
        }
        for account, amount in amounts.items():
            self.books[account] = self.books.get(account, 0) + amount

    def dispute_or_pay(self) -> None:
        chance = self.draw.random()
        if self.paid:
            self.move(L.CLOSED)
        elif self.open:
            n = self.open.pop()
            if chance < 0.6:
                before = self.sums()
                gross = self.draw.randint(0, max(self.lines[n].bid_minor, 1))
                self.lines[n] = decided(self.lines[n], gross, 600)
                after = self.sums()
                self.post(after[0] - before[0], after[1] - before[1])
            self.devices[n].to(A.SETTLED)
        elif chance < 0.4 and not self.final:
            n = self.draw.randrange(len(self.devices))
            self.open.add(n)
            self.devices[n].to(A.DISPUTED)
        elif not self.final:
            self.final = True
        else:
            net = totals(self.lines).net_minor
            for account, amount in (
                (LedgerAccount.ORGANISATIONS_OWED, net),
                (LedgerAccount.CLEARING, -net),
            ):
                self.books[account] = self.books.get(account, 0) + amount
            self.paid = True

    def check(self) -> None:
        assert sum(self.books.values()) == 0
        if self.lines:
            found = totals(self.lines)
            assert found.bid_minor == self.bid
            assert self.books[LedgerAccount.MERCHANT_OWED] == found.gross_minor
            owed = 0 if self.paid else -found.net_minor
            assert self.books[LedgerAccount.ORGANISATIONS_OWED] == owed
        for each in self.devices:
            assert each.state is A.SETTLED or ASSET_MOVES.get(each.state), each.state
            if each.went not in {None, Disposition.DESTROY, Disposition.RECYCLE}:
                assert each.proved, each
        if self.lot in {L.SETTLED, L.CLOSED}:
            kept = {A.SETTLED, A.DISPUTED}
            assert {each.state for each in self.devices} <= kept


def test_every_walk_ends_with_each_cent_and_each_device_accounted_for() -> None:
    ends: dict[str, int] = {}
    for seed in range(WALKS):
        walk = Walk(seed)
        for _ in range(2_000):
            if walk.lot is L.CLOSED:
                break
            walk.step()
        assert walk.lot is L.CLOSED, (seed, walk.lot, walk.devices)
        assert not any(walk.books[each] for each in (LedgerAccount.ORGANISATIONS_OWED,))
        for each in walk.devices:
            ends[str(each.went)] = ends.get(str(each.went), 0) + 1
    assert len(ends) == len(Disposition) + 1, ends


def test_a_rule_that_is_broken_is_seen_by_the_walks() -> None:
    walk = Walk(1)
    while not walk.lines or not walk.bid:
        walk = walk if walk.lot is not L.CLOSED else Walk(walk.bid + 2)
        walk.step()
    walk.lines[0] = replace(walk.lines[0], fee_minor=walk.lines[0].fee_minor + 1)
    try:
        walk.check()
    except AssertionError:
        return
    raise AssertionError("a cent was lost and nobody saw it")

"""A trade-in's life: whoever acts in whatever order, money is conserved and nobody is stuck.

Customer, merchant, carrier, bank and clock are drawn by Hypothesis and act on one world by the ways
of production. After every step the whole of it is held to the laws. `make walks` walks more.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tortoise.transactions import in_transaction

import workers.shipments.labels as label_jobs
from boucle.labels import LabelDesk
from domain.shipments import ShipmentStatus
from domain.trade_in import FINAL, MOVES, TradeInState
from integrations.labels.simulator import SimulatedLabels
from integrations.payouts.simulator import SimulatedBank
from models.base import fetch, fetchval, transaction
from models.jobs import Job
from models.trade_in import clock
from models.units.attachments import Owner
from resolvers.accounts.house import house
from resolvers.shipments import labels as label_resolvers
from tests import trade_ins as t
from tests.jobs import work
from tests.schema.asking import Json
from tests.trade_ins import Stand
from workers.trade_in.orders import collect

WALKS = int(os.environ.get("WALKS", "25"))
DEVICES = 3
WHICH = st.integers(0, DEVICES - 1)
PAYOUT = st.sampled_from(["BANK", "BANK", "EXCHANGE_CREDIT", "DONATION"])
TOLD = st.sampled_from(
    [
        ShipmentStatus.IN_TRANSIT,
        ShipmentStatus.IN_TRANSIT,
        ShipmentStatus.DELIVERED,
        ShipmentStatus.DELIVERED,
        ShipmentStatus.RETURNED,
        ShipmentStatus.LOST,
    ]
)
_OWING = ("CUSTOMERS_OWED", "CREDITS_ISSUED", "DONATIONS_OWED", "CLEARING")
_GONE = ("VALIDATED", *(state.value for state in FINAL))


class _Runtime:
    labels = LabelDesk(SimulatedLabels())


class Steps:
    """A transaction for each step of a job, inside the world's own."""

    def step(self) -> Any:
        return transaction()


class World:
    """A merchant with a bid, a customer with three devices, and a bank."""

    of: Stand
    ids: list[UUID]

    async def begin(self) -> None:
        items = await t.market()
        self.of = await t.stand(items[0])
        self.numbers = [t.imei_number(n) for n in range(900, 900 + DEVICES)]
        self.at: dict[int, UUID] = {}
        self.ids = []
        self.proof = await t.photo(Owner(merchant_id=self.of.merchant.id))

    async def accept(self, which: int, payout: str, ends: str) -> None:
        """A device is traded in, unless it is in a trade-in already."""
        quote = await t.quote(self.of, imei=self.numbers[which])
        given = t.accepted(self.of, quote, payout)
        if payout == "BANK" and ends:
            given["payoutAccount"] = {"iban": account_ending(ends), "name": "Camille"}
        found = await t.ask(t.ACCEPT, self.of.seller, **given)
        if found["__typename"] == "TradeInChanged":
            self.at[which] = await fetchval(
                "SELECT id FROM trade_in_order WHERE quote_id = $1", quote
            )
            self.ids.append(self.at[which])
        else:
            assert found["code"] == "DEVICE_ELSEWHERE", found

    async def step(self, which: int, query: str, *, merchant: bool, **given: Any) -> Json | None:
        if which not in self.at:
            return None
        caller = self.of.buyer if merchant else self.of.seller
        return await t.ask(query, caller, tradeInId=t.gid(self.at[which]), **given)

    async def tell(self, which: int, status: ShipmentStatus, purpose: str) -> None:
        known = (
            "SELECT status FROM shipment WHERE trade_in_id = $1 AND purpose = $2 ORDER BY id DESC"
        )
        before = await fetchval(known, self.at.get(which), purpose)
        if before is not None and before not in {"DELIVERED", "RETURNED", "LOST"}:
            await t.told(self.at[which], status, purpose)

    async def ring(self) -> None:
        """The clock and the bank do what is due."""
        while await clock.tick():
            pass
        await work(Job.ISSUE_LABEL, Job.TRADE_IN_PARCEL)
        now = await t.now_of(self.of)
        await collect(Steps(), SimulatedBank(["EUR"]), house().vault, now)  # type: ignore[arg-type]

    async def laws(self) -> None:
        """What must hold after every step."""
        for move in await fetch("SELECT from_state, to_state FROM trade_in_move"):
            if move["from_state"] is not None:
                allowed = MOVES[TradeInState(move["from_state"])]
                assert TradeInState(move["to_state"]) in allowed, dict(move)
        await self._nobody_is_stuck()
        await self._money_is_conserved()
        await self._devices_are_in_one_place()

    async def _nobody_is_stuck(self) -> None:
        stuck = await fetch(
            "SELECT o.state FROM trade_in_order o WHERE o.deadline_at IS NULL "
            "AND o.state <> ALL ($1) AND NOT EXISTS (SELECT FROM trade_in_payout p "
            "WHERE p.trade_in_id = o.id AND p.state IN ('DUE','SENDING'))",
            [state.value for state in FINAL],
        )
        assert not stuck, [dict(row) for row in stuck]
        counters = "SELECT trade_in_id FROM trade_in_move WHERE to_state = 'COUNTER_OFFERED'"
        rows = [row["trade_in_id"] for row in await fetch(counters)]
        assert len(rows) == len(set(rows)), "two counter-offers"

    async def _money_is_conserved(self) -> None:
        rows = await fetch(
            "SELECT account, kind, sum(amount_minor)::bigint AS total FROM ledger_posting "
            "GROUP BY 1, 2"
        )
        assert sum(row["total"] for row in rows) == 0
        due = sum(row["total"] for row in rows if row["kind"] == "TRADE_IN" and row["total"] > 0)
        given = sum(row["total"] for row in rows if row["account"] in _OWING)
        assert given == -due, [dict(row) for row in rows]
        final = await fetchval(
            "SELECT coalesce(sum(final_minor), 0)::bigint FROM trade_in_order "
            "WHERE final_minor IS NOT NULL"
        )
        assert due == final
        paid = await fetchval(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM trade_in_payout "
            "WHERE state = 'PAID'"
        )
        assert -sum(row["total"] for row in rows if row["account"] == "CLEARING") == paid
        labels = await fetchval(
            "SELECT coalesce(sum(merchant_minor), 0)::bigint FROM shipping_label "
            "WHERE issued_at IS NOT NULL"
        )
        charged = [r for r in rows if r["kind"] == "LABEL" and r["account"] == "MERCHANT_OWED"]
        assert sum(row["total"] for row in charged) == labels

    async def _devices_are_in_one_place(self) -> None:
        rows = await fetch(
            "SELECT o.imei, o.id FROM trade_in_order o WHERE o.state <> ALL ($1)", list(_GONE)
        )
        assert len({row["imei"] for row in rows}) == len(rows)
        places = await fetch(
            "SELECT i.place_id, o.state FROM unit_identifier i "
            "JOIN trade_in_order o ON o.id = i.place_id WHERE i.place = 'TRADE_IN'"
        )
        assert {row["place_id"] for row in places} == {row["id"] for row in rows}

    async def silence(self) -> None:
        """Nobody does anything any more: by clock alone everything comes to its end."""
        for _ in range(12):
            await t.later(self.of, timedelta(days=91))
            await self.ring()
        left = await fetch(
            "SELECT state FROM trade_in_order WHERE state <> ALL ($1)",
            [state.value for state in FINAL],
        )
        assert not left, [row["state"] for row in left]
        owed = (
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_posting "
            "WHERE account = 'CUSTOMERS_OWED'"
        )
        assert await fetchval(owed) == 0, "a person waits for money"


def account_ending(digits: str) -> str:
    """A valid account with these last digits."""
    from stdnum import iban

    bban = f"370400440532{digits:0>6}"
    return f"DE{iban.calc_check_digits(f'DE00{bban}')}{bban}"


def machine(loop: asyncio.AbstractEventLoop) -> type[RuleBasedStateMachine]:  # noqa: C901 - one rule for each who acts
    """The machine over a world in a transaction that is rolled back."""

    class Life(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = World()
            self.steps: asyncio.Queue[Any] = asyncio.Queue()
            self.done: asyncio.Queue[Any] = asyncio.Queue()
            self.life = asyncio.run_coroutine_threadsafe(self._live(), loop)

        async def _live(self) -> None:
            with contextlib.suppress(asyncio.CancelledError):
                async with in_transaction():
                    while (step := await self.steps.get()) is not None:
                        try:
                            await self.done.put((await step(), None))
                        except BaseException as error:  # noqa: BLE001 - told to the machine
                            await self.done.put((None, error))
                    raise asyncio.CancelledError

        def do(self, step: Callable[[], Any]) -> Any:
            async def run() -> Any:
                await self.steps.put(step)
                return await self.done.get()

            found, error = asyncio.run_coroutine_threadsafe(run(), loop).result()
            if error is not None:
                raise error
            return found

        def merchant(self, which: int, query: str, **given: Any) -> None:
            self.do(lambda: self.world.step(which, query, merchant=True, **given))

        def customer(self, which: int, query: str, **given: Any) -> None:
            self.do(lambda: self.world.step(which, query, merchant=False, **given))

        @initialize()
        def world_begins(self) -> None:
            self.do(self.world.begin)

        @rule(which=WHICH, payout=PAYOUT, ends=st.sampled_from(["", "", "0001", "0002"]))
        def customer_accepts(self, which: int, payout: str, ends: str) -> None:
            self.do(lambda: self.world.accept(which, payout, ends))

        @rule(which=WHICH)
        def customer_confirms(self, which: int) -> None:
            self.customer(which, t.CONFIRM, ticked=list(t.STEPS), address=t.ADDRESS)

        @rule(which=WHICH)
        def customer_cancels(self, which: int) -> None:
            self.customer(which, t.CANCEL)

        @rule(which=WHICH, accept=st.booleans())
        def customer_answers(self, which: int, accept: bool) -> None:
            self.customer(which, t.ANSWER, accept=accept)

        @rule(which=WHICH, action=st.sampled_from(["ACTIVATION_LOCK_ON", "ACCOUNT_PRESENT"]))
        def customer_resolves(self, which: int, action: str) -> None:
            self.customer(which, t.RESOLVE, action=action)

        @rule(which=WHICH)
        def customer_gives(self, which: int) -> None:
            self.customer(which, t.GIVE)

        @rule(which=WHICH)
        def customer_names_another_account(self, which: int) -> None:
            self.customer(which, t.ACCOUNT, payoutAccount={"iban": t.IBAN, "name": "Camille"})

        @rule(which=WHICH, locked=st.booleans())
        def merchant_receives(self, which: int, locked: bool) -> None:
            state = "ON" if locked else "OFF"
            self.merchant(which, t.RECEIVE, locks=[{"kind": "ACTIVATION", "state": state}])

        @rule(which=WHICH)
        def merchant_inspects(self, which: int) -> None:
            self.merchant(which, t.INSPECT)

        @rule(which=WHICH)
        def merchant_validates(self, which: int) -> None:
            self.merchant(which, t.VALIDATE)

        @rule(which=WHICH, amount=st.sampled_from(["0.00", "120.00", "199.99", "-1.00", "200.00"]))
        def merchant_offers_less(self, which: int, amount: str) -> None:
            given = {"reasons": ["SCREEN_CRACKED"], "proofs": [self.world.proof]}
            self.merchant(which, t.COUNTER, amount=amount, **given)

        @rule(which=WHICH)
        def merchant_refuses(self, which: int) -> None:
            self.merchant(which, t.REFUSE, reason="UNSAFE", proofs=[self.world.proof])

        @rule(which=WHICH)
        def merchant_suspends(self, which: int) -> None:
            self.merchant(which, t.SUSPEND, reasons=["ACTIVATION_LOCK_ON", "ACCOUNT_PRESENT"])

        @rule(which=WHICH)
        def a_device_is_looked_at(self, which: int) -> None:
            """The way that most go, so that walks come far."""
            self.customer_accepts(which, "BANK", "")
            self.customer_confirms(which)
            self.carrier_tells(which, ShipmentStatus.DELIVERED)
            self.merchant_inspects(which)

        @rule(which=WHICH, status=TOLD)
        def carrier_tells(self, which: int, status: ShipmentStatus) -> None:
            self.do(lambda: self.world.tell(which, status, "TRADE_IN"))

        @rule(which=WHICH, status=TOLD)
        def carrier_tells_of_the_way_back(self, which: int, status: ShipmentStatus) -> None:
            self.do(lambda: self.world.tell(which, status, "SEND_BACK"))

        @rule(days=st.sampled_from([1, 8, 15, 22, 46]))
        def time_passes(self, days: int) -> None:
            self.do(lambda: t.later(self.world.of, timedelta(days=days)))
            self.do(self.world.ring)

        @invariant()
        def laws_hold(self) -> None:
            if hasattr(self.world, "of"):
                self.do(self.world.laws)

        def teardown(self) -> None:
            try:
                if hasattr(self.world, "of"):
                    self.do(self.world.silence)
                    self.do(self.world.laws)
            finally:
                asyncio.run_coroutine_threadsafe(self.steps.put(None), loop).result()
                self.life.result()

    return Life


async def test_whoever_acts_in_whatever_order_money_is_conserved_and_nobody_is_stuck(
    migrated: None, monkeypatch: Any
) -> None:
    """The machine runs beside the loop, which the pool belongs to; its steps run inside it."""
    monkeypatch.setattr(label_jobs, "runtime", _Runtime)
    label_resolvers.install(_Runtime.labels)
    few = settings(
        max_examples=WALKS, stateful_step_count=20, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    life = machine(asyncio.get_running_loop())
    try:
        await asyncio.to_thread(run_state_machine_as_test, life, settings=few)
    finally:
        label_resolvers.install(None)

"""A line's life: whoever acts in whatever order, it moves along its moves, money goes back once.

Customer, merchants, carrier and clock are drawn by Hypothesis and act on one world through the same
ways as in production. After every step the whole history is held to the laws.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

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

from domain.orders import LINE_MOVES, LineState
from domain.shipments import ShipmentStatus
from models.aftersales.ending import complete
from models.base import execute, fetch, fetchval
from models.merchants import Merchant
from models.orders import deadlines
from models.shipments.effects import apply
from tests import factories
from tests.fulfilment import (
    ACCEPT,
    ANSWER,
    ATTACH,
    CANCEL,
    IMEI,
    OTHER_IMEI,
    REFUSE,
    REQUEST,
    SHIP,
    ask,
    buyer,
    device,
    line_id,
    merchant_key,
    order_id,
    paid,
)
from tests.orders import Bought

WHICH = st.integers(0, 3)
TOLD = st.sampled_from(
    [
        ShipmentStatus.ANNOUNCED,
        ShipmentStatus.IN_TRANSIT,
        ShipmentStatus.AVAILABLE_FOR_PICKUP,
        ShipmentStatus.DELIVERED,
        ShipmentStatus.RETURNED,
        ShipmentStatus.LOST,
    ]
)
LIVE = {"ACCEPTED", "SHIPPED", "DELIVERED", "RETURNED", "LOST"}


class World:
    """Two merchants with two lines each, and two devices for all four."""

    owners: list[Merchant]
    orders: list[Bought]
    now: datetime

    async def begin(self) -> None:
        (item,) = await factories.world(1, 1)
        self.owners = [await factories.merchant(slug) for slug in ("amber", "birch")]
        self.now = await fetchval("SELECT now()")
        self.orders = [await paid(owner, item, lines=2) for owner in self.owners]
        self.numbers = 0

    def of(self, which: int) -> tuple[Bought, Any, Merchant]:
        bought = self.orders[which // 2]
        return bought, bought.lines[which % 2], self.owners[which // 2]

    async def laws(self) -> None:
        """What must hold after every step."""
        for move in await fetch("SELECT from_state, to_state FROM order_line_move"):
            assert LineState(move["to_state"]) in LINE_MOVES[LineState(move["from_state"])]
        money = await fetch(
            "SELECT l.state, l.total_minor, l.refunded_minor,"
            " coalesce(sum(r.amount_minor), 0)::bigint AS back"
            " FROM order_line l LEFT JOIN refund r ON r.line_id = l.id GROUP BY l.id"
        )
        for line in money:
            assert line["back"] == line["refunded_minor"] <= line["total_minor"], dict(line)
            ended = line["state"] in {"CANCELLED", "REFUSED", "REFUNDED"}
            assert (line["back"] == line["total_minor"]) == ended, dict(line)
        live = await fetch(
            "SELECT i.key, l.state FROM unit_identifier i"
            " JOIN order_line l ON l.id = i.place_id WHERE i.place IS NOT NULL"
        )
        assert len({each["key"] for each in live}) == len(live)
        assert {each["state"] for each in live} <= LIVE
        stray = "SELECT count(*) FROM order_line WHERE state = 'SHIPPED' AND unit_id IS NULL"
        assert await fetchval(stray) == 0
        early = "return_until IS NOT NULL AND delivered_at IS NULL"
        assert await fetchval(f"SELECT count(*) FROM order_line WHERE {early}") == 0


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

        @initialize()
        def world_begins(self) -> None:
            self.do(self.world.begin)

        @rule(which=WHICH)
        def merchant_accepts(self, which: int) -> None:
            _of, line, owner = self.world.of(which)
            self.do(lambda: ask(ACCEPT, merchant_key(owner), lines=[line_id(line)]))

        @rule(which=WHICH)
        def merchant_refuses(self, which: int) -> None:
            _of, line, owner = self.world.of(which)
            given = {"orderLine": line_id(line), "reason": "OUT_OF_STOCK"}
            self.do(lambda: ask(REFUSE, merchant_key(owner), **given))

        @rule(which=WHICH)
        def merchant_cancels(self, which: int) -> None:
            _of, line, owner = self.world.of(which)
            given = {"orderLine": line_id(line), "reason": "CANNOT_DELIVER"}
            self.do(lambda: ask(CANCEL, merchant_key(owner), **given))

        @rule(which=WHICH)
        def customer_asks_to_cancel(self, which: int) -> None:
            of, line, _owner = self.world.of(which)
            self.do(lambda: ask(REQUEST, buyer(of.customer_id), orderLine=line_id(line)))

        @rule(which=WHICH, agree=st.booleans())
        def merchant_answers(self, which: int, agree: bool) -> None:
            _of, line, owner = self.world.of(which)
            given = {"orderLine": line_id(line), "agree": agree}
            self.do(lambda: ask(ANSWER, merchant_key(owner), **given))

        @rule(which=WHICH, imei=st.sampled_from([IMEI, OTHER_IMEI]), replace=st.booleans())
        def merchant_attaches(self, which: int, imei: str, replace: bool) -> None:
            _of, line, owner = self.world.of(which)
            given = device(line, self.world.now, imei=imei, replace=replace)
            self.do(lambda: ask(ATTACH, merchant_key(owner), **given))

        @rule(which=WHICH, again=st.booleans())
        def merchant_ships(self, which: int, again: bool) -> None:
            of, line, owner = self.world.of(which)
            self.world.numbers += not again
            given = {"order": order_id(of), "lines": [line_id(line)], "carrier": "DPD",
                     "trackingNumber": f"{self.world.numbers:014d}"}  # fmt: skip
            self.do(lambda: ask(SHIP, merchant_key(owner), **given))

        @rule(which=WHICH, imei=st.sampled_from([IMEI, OTHER_IMEI]))
        def merchant_works(self, which: int, imei: str) -> None:
            self.merchant_accepts(which)
            self.merchant_attaches(which, imei, replace=False)
            self.merchant_ships(which, again=False)

        @rule(status=TOLD, n=st.integers(0, 3))
        def carrier_tells(self, status: ShipmentStatus, n: int) -> None:
            async def tell() -> None:
                parcels = await fetch("SELECT id, status FROM shipment ORDER BY id")
                if parcels and parcels[n % len(parcels)]["status"] != "CANCELLED":
                    parcel = parcels[n % len(parcels)]["id"]
                    await execute("UPDATE shipment SET status = $2 WHERE id = $1", parcel, status)
                    await apply(parcel, status, self.world.now)

            self.do(tell)

        @rule(days=st.sampled_from([1, 8, 40]))
        def time_passes(self, days: int) -> None:
            async def pass_by() -> None:
                by = timedelta(days=days)
                await execute(
                    "UPDATE order_line SET accept_by = accept_by - $1::interval,"
                    " dispatch_by = dispatch_by - $1::interval,"
                    " return_until = return_until - $1::interval",
                    by,
                )
                await deadlines.cancel_not_accepted()
                await deadlines.cancel_not_shipped()
                await deadlines.refund_lost()
                await complete()

            self.do(pass_by)

        @invariant()
        def laws_hold(self) -> None:
            if hasattr(self.world, "numbers"):
                self.do(self.world.laws)

        def teardown(self) -> None:
            asyncio.run_coroutine_threadsafe(self.steps.put(None), loop).result()
            self.life.result()

    return Life


async def test_whoever_acts_in_whatever_order_a_line_moves_along_its_moves(
    migrated: None,
) -> None:
    """The machine runs beside the loop, which the pool belongs to; its steps run inside it."""
    few = settings(
        max_examples=6, stateful_step_count=20, phases=[Phase.generate], deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    life = machine(asyncio.get_running_loop())
    await asyncio.to_thread(run_state_machine_as_test, life, settings=few)

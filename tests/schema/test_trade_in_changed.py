"""Who follows a trade-in is told of each move at once; a stranger is told that there is none."""

from integrations.bus import MemoryBus
from models.trade_in.orders import trade_in_topic
from tests import trade_in
from tests import trade_ins as t
from tests.schema.test_live import following
from tests.schema.test_live import refusal as not_started
from tests.schema.test_trade_in_orders import items, of
from tests.trade_ins import Stand

__all__ = ["items", "of"]
FOLLOW = "subscription($id: ID!){tradeInChanged(tradeInId: $id){state version}}"


async def test_both_sides_follow_a_trade_in_now_and_when_it_moves(of: Stand) -> None:
    made, bus = await t.begun(of), MemoryBus()
    seller = of.seller
    for caller in (seller, of.buyer):
        async with following(bus, FOLLOW, caller, id=t.gid(made)) as followed:
            first = await followed.next()
            if caller is seller:
                await t.confirmed(of, made)
            else:
                await t.ask(t.CANCEL, of.seller, tradeInId=t.gid(made))
            await bus.publish(trade_in_topic(made), {})
            second = await followed.next()
        states = ("CREATED", "LABEL_SENT") if caller is seller else ("LABEL_SENT", "CANCELLED")
        assert (first["state"], second["state"]) == states
        assert second["version"] > first["version"]


async def test_to_a_stranger_there_is_no_such_trade_in_to_follow(of: Stand) -> None:
    made = await t.begun(of)
    stranger = await trade_in.customer("somebody@example.org")
    _, reason = await not_started(MemoryBus(), FOLLOW, stranger, id=t.gid(made))
    assert reason == "TRADE_IN_UNKNOWN"

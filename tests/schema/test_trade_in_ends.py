"""What is left of a trade-in: papers, what merchants are told, and what an end says of them."""

from datetime import UTC, datetime, timedelta

from domain.shipments import ShipmentStatus
from integrations.receipts import printed
from models.base import fetch, fetchval, transaction
from models.trade_in import clock
from models.trade_in.reliability import recount
from resolvers.context import PROCESS_SEAL
from resolvers.trade_in import papers
from resolvers.units import documents
from resolvers.units.documents import Document
from tests import trade_ins as t
from tests.schema.asking import data
from tests.schema.test_trade_in_orders import items, of, pay
from tests.trade_ins import Stand

__all__ = ["items", "of"]


async def opened(url: str) -> Document | None:
    """What a link of a document gives whoever has it."""
    link = documents.opened(PROCESS_SEAL, url.removeprefix(documents.PATH), datetime.now(UTC))
    assert isinstance(link, documents.Link), link
    return await documents.made(link)


async def test_the_label_and_the_receipt_are_documents_by_links_that_end(of: Stand) -> None:
    papers.install(printed)
    made = await t.begun(of, "DONATION")
    [label] = (await t.confirmed(of, made))["tradeIn"]["labels"]
    printed_label = await opened(label["documentUrl"])
    assert printed_label is not None
    assert printed_label.data.startswith(b"%PDF")
    await t.told(made, ShipmentStatus.DELIVERED)
    for step in (t.INSPECT, t.VALIDATE):
        await t.ask(step, of.buyer, tradeInId=t.gid(made))
    receipt = (await data(t.MINE, of.seller, id=t.gid(made)))["tradeIn"]["receipt"]
    paper = await opened(receipt["documentUrl"])
    assert paper is not None
    assert (paper.name, paper.data[:4]) == (f"{receipt['number']}.pdf", b"%PDF")


async def test_what_an_end_says_of_a_merchant_is_what_the_nightly_count_says(of: Stand) -> None:
    first = await t.to_inspection(of)
    await t.ask(t.VALIDATE, of.buyer, tradeInId=t.gid(first))
    await pay(of)
    second = await t.begun(of)
    await t.ask(t.CANCEL, of.seller, tradeInId=t.gid(second))
    told = "SELECT inspections, counter_offers, paid, pay_days, orders FROM trade_in_reliability"
    counted = [tuple(row) for row in await fetch(told)]
    assert counted == [(1, 0, 1, 8, 2)]
    async with transaction() as raw:
        await recount(raw)
    assert [tuple(row) for row in await fetch(told)] == counted


async def test_a_parcel_that_comes_after_its_trade_in_ended_goes_back(of: Stand) -> None:
    made = await t.begun(of)
    await t.confirmed(of, made)
    await t.later(of, timedelta(days=22))
    await clock.tick()
    assert await t.state(made) == "EXPIRED"
    await t.told(made, ShipmentStatus.DELIVERED)
    back = "SELECT count(*) FROM shipping_label WHERE trade_in_id = $1 AND purpose = 'SEND_BACK'"
    assert (await t.state(made), await fetchval(back, made)) == ("EXPIRED", 1)


async def test_merchants_are_told_of_every_move_and_work_by_what_is_due_first(of: Stand) -> None:
    made = await t.begun(of)
    other = await t.to_inspection(of)
    topics = "SELECT data->>'to' AS to FROM event WHERE topic = 'trade_in.order_changed' ORDER BY n"
    assert [row["to"] for row in await fetch(topics)] == [
        "CREATED", "CREATED", "LABEL_SENT", "SENT", "RECEIVED", "INSPECTING",
    ]  # fmt: skip
    queue = "{incomingTradeIns(sort: NEXT_DEADLINE, first: 1){edges{node{id}} pageInfo{endCursor}}}"
    page = (await data(queue, of.buyer))["incomingTradeIns"]
    assert page["edges"][0]["node"]["id"] == t.gid(other), "5 working days are before 21 days"
    after = queue.replace("first: 1", f'first: 1, after: "{page["pageInfo"]["endCursor"]}"')
    rest = (await data(after, of.buyer))["incomingTradeIns"]["edges"]
    assert [each["node"]["id"] for each in rest] == [t.gid(made)]

"""People who sell devices and merchants who buy them, while the processes that serve are killed.

Each step is repeated with the key of its first try until it is answered. What was answered stays:
every device ends, its moves are in the order of its life, and the ledger balances to the cent.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp

from domain.shipments import ShipmentStatus
from domain.trade_in import MOVES, TradeInState
from models.accounts.people import Account
from models.base import execute, fetch, fetchval, transaction
from models.units.attachments import Owner
from models.vault import Vault
from resolvers.accounts.house import house_of, install
from tests import trade_ins as t
from tests.boucle.edge import key
from tests.factories import Item
from tests.faults.calls import AGAIN_SECONDS, answered
from tests.faults.checkouts import ISSUER, token_of
from tests.faults.kinds import Kind, Piece
from tests.rules import lawful

DEVICES: Final = {True: 20, False: 8}
"""By whether it is the whole set."""
WAYS: Final = ("bought", "bought", "credit", "donated", "less", "less_refused", "refused", "kept")
SOLD: Final = frozenset({"bought", "credit", "donated", "less"})
PAYOUTS: Final = {"credit": "EXCHANGE_CREDIT", "donated": "DONATION"}
ENDS: Final[Mapping[str, frozenset[str]]] = {
    "bought": frozenset({"VALIDATED", "PAID"}),
    "less": frozenset({"VALIDATED", "PAID"}),
    "credit": frozenset({"CREDITED"}),
    "donated": frozenset({"DONATED"}),
    "less_refused": frozenset({"RETURNED"}),
    "refused": frozenset({"RETURNED"}),
    "kept": frozenset({"CANCELLED"}),
}
"""Where each way ends: the bank is asked days after the validation."""
AMOUNT, LESS = 200_00, 120_00


@dataclass(slots=True)
class Sale:
    """One device on its way."""

    way: str
    quote: UUID
    id: str = ""


@dataclass(slots=True)
class Round:
    """Some devices that go their ways in the background."""

    id: UUID
    of: t.Stand
    seller: str
    buyer: str
    proof: str
    sales: list[Sale]
    task: "asyncio.Task[None] | None" = None


class TradeIns(Kind):
    """Trade-ins over HTTP: acknowledged steps survive, each once, and money is conserved."""

    name = "trade_ins"

    def __init__(self, *, long: bool) -> None:
        self._devices = DEVICES[long]
        self._items: list[Item] = []
        self._rounds = 0
        self.addresses: list[str] = []

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        self._items = items
        await lawful()
        await t.terms()
        install(house_of(vault, ISSUER))

    async def start(self, chance: Random) -> Piece:
        self._rounds += 1
        of = await t.stand(self._items[0], f"buying-{self._rounds}", amount=AMOUNT)
        ways = [WAYS[n % len(WAYS)] for n in range(self._devices)]
        chance.shuffle(ways)
        sales = [Sale(way, await t.quote(of)) for way in ways]
        seller = await token_of(await Account.get(id=of.customer))
        text, _ = await key(of.merchant.id, *t.SCOPES)
        proof = await t.photo(Owner(merchant_id=of.merchant.id))
        made = Round(uuid4(), of, seller, text, proof, sales)
        made.task = asyncio.create_task(self._run(made))
        return Piece(self, ("trade_ins", str(made.id)), {"round": made})

    async def _run(self, of: Round) -> None:
        async with aiohttp.ClientSession() as session:
            sides = [Asked(session, of, sale, self.addresses) for sale in of.sales]
            await asyncio.gather(*map(self._sell, sides))

    async def _sell(self, asked: "Asked") -> None:
        """Take one device along its way; each step once the one before was answered."""
        sale, of = asked.sale, asked.of
        given = t.accepted(of.of, sale.quote, PAYOUTS.get(sale.way, "BANK"))
        answer = await asked.customer(t.ACCEPT, "accept", **given)
        sale.id = answer["tradeIn"]["id"]
        if sale.way == "kept":
            await asked.customer(t.CANCEL, "cancel", tradeInId=sale.id)
            return
        more = {"ticked": list(t.STEPS), "address": t.ADDRESS}
        await asked.customer(t.CONFIRM, "confirm", tradeInId=sale.id, **more)
        made = await _row_id(sale)
        await _carry(made, "TRADE_IN")
        await _reached(made, "RECEIVED")
        await asked.merchant(t.INSPECT, "inspect", tradeInId=sale.id)
        await self._decide(asked, made)

    async def _decide(self, asked: "Asked", made: UUID) -> None:
        sale, proofs = asked.sale, [asked.of.proof]
        if sale.way.startswith("less"):
            less = {"amount": f"{LESS / 100:.2f}", "reasons": ["SCREEN_CRACKED"], "proofs": proofs}
            await asked.merchant(t.COUNTER, "less", tradeInId=sale.id, **less)
            yes = sale.way == "less"
            await asked.customer(t.ANSWER, "answer", tradeInId=sale.id, accept=yes)
        elif sale.way == "refused":
            no = {"reason": "UNSAFE", "proofs": proofs}
            await asked.merchant(t.REFUSE, "refuse", tradeInId=sale.id, **no)
        else:
            await asked.merchant(t.VALIDATE, "validate", tradeInId=sale.id)
        if sale.way == "refused":
            await _ring(made)
        if ENDS[sale.way] == {"RETURNED"}:
            await _carry(made, "SEND_BACK")

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        of: Round = piece.facts["round"]
        done = of.task is not None and of.task.done()
        return {of.id: ("done" if done else "running", 1)}

    async def ended(self, piece: Piece) -> bool:
        """Whether every device came to the end of its way."""
        of: Round = piece.facts["round"]
        if of.task is None or not of.task.done():
            return False
        of.task.result()
        states = await _states(of)
        return all(states.get(sale.id) in ENDS[sale.way] for sale in of.sales)

    async def check(self, piece: Piece) -> list[str]:
        of: Round = piece.facts["round"]
        wrong = []
        rows = await fetch(
            "SELECT id, quote_id, state, final_minor FROM trade_in_order WHERE merchant_id = $1",
            of.of.merchant.id,
        )
        if sorted(row["quote_id"] for row in rows) != sorted(sale.quote for sale in of.sales):
            wrong.append(f"trade-ins {of.id}: {len(rows)} of {len(of.sales)} quotes, each once")
        for row in rows:
            wrong += await _moves_wrong(row["id"], row["state"])
        total = await fetchval("SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_posting")
        if total:
            wrong.append(f"the ledger is {total} minor units out of balance")
        bought = sum(row["final_minor"] or 0 for row in rows)
        meant = sum(LESS if s.way == "less" else AMOUNT for s in of.sales if s.way in SOLD)
        if bought != meant:
            wrong.append(f"trade-ins {of.id}: bought for {bought}, not for {meant}")
        taken = await fetchval("SELECT taken FROM trade_in_bid WHERE id = $1", of.of.bid_id)
        if taken != len([sale for sale in of.sales if sale.way != "kept"]):
            wrong.append(f"trade-ins {of.id}: {taken} are counted of the bid")
        return wrong


@dataclass(frozen=True, slots=True)
class Asked:
    """How the two sides of a sale ask: again and again, until they are answered."""

    session: aiohttp.ClientSession
    of: Round
    sale: Sale
    addresses: list[str]

    async def customer(self, query: str, step: str, **given: Any) -> dict[str, Any]:
        """A step of the person."""
        return await self._ask(self.of.seller, query, step, given)

    async def merchant(self, query: str, step: str, **given: Any) -> dict[str, Any]:
        """A step of the merchant."""
        return await self._ask(self.of.buyer, query, step, given)

    async def _ask(
        self, token: str, query: str, step: str, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        variables = {"i": {"idempotencyKey": f"{step}-{self.sale.quote}", **given}}
        answer = await answered(self.session, self.addresses, token, query, variables)
        if "tradeIn" not in answer:
            raise RuntimeError(f"{step} of a {self.sale.way}: {answer}")
        return answer


async def _row_id(sale: Sale) -> UUID:
    found: UUID = await fetchval("SELECT id FROM trade_in_order WHERE quote_id = $1", sale.quote)
    return found


async def _ring(made: UUID) -> None:
    """The time in which a refused device may be given away is over at once."""
    await execute(
        "UPDATE trade_in_order SET deadline_at = now() WHERE id = $1 AND state = 'REFUSED'", made
    )
    await execute("UPDATE periodic_job SET next_at = now() WHERE name = 'trade_in_clock'")


async def _carry(made: UUID, purpose: str) -> None:
    """A carrier brings a parcel, once its label is there; what follows is the workers'."""
    asked = "SELECT EXISTS (SELECT FROM shipment WHERE trade_in_id = $1 AND purpose = $2)"
    while not await fetchval(asked, made, purpose):  # noqa: ASYNC110 - a row
        await asyncio.sleep(AGAIN_SECONDS)
    async with transaction():
        await t.carried(made, ShipmentStatus.DELIVERED, purpose)


async def _reached(made: UUID, state: str) -> None:
    while await t.state(made) != state:  # noqa: ASYNC110 - a row
        await asyncio.sleep(AGAIN_SECONDS)


async def _states(of: Round) -> dict[str, str]:
    rows = await fetch(
        "SELECT id, state FROM trade_in_order WHERE merchant_id = $1", of.of.merchant.id
    )
    return {t.gid(row["id"]): row["state"] for row in rows}


async def _moves_wrong(made: UUID, state: str) -> list[str]:
    """What is wrong with the moves of a trade-in: each follows the one before, and is allowed."""
    rows = await fetch(
        "SELECT from_state, to_state FROM trade_in_move WHERE trade_in_id = $1 ORDER BY n", made
    )
    wrong = []
    before = None
    for row in rows:
        if row["from_state"] != before:
            wrong.append(f"trade-in {made}: from {row['from_state']}, but it was {before}")
        allowed = MOVES[TradeInState(before)] if before else {TradeInState.CREATED}
        if TradeInState(row["to_state"]) not in allowed:
            wrong.append(f"trade-in {made}: {before} became {row['to_state']}")
        before = row["to_state"]
    return wrong if before == state else [*wrong, f"trade-in {made}: {state}, told {before}"]

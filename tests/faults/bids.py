"""Merchants who bid on a sealed lot until it closes, while what serves them is killed.

Each repeats its call with the key of the first until it is answered: so a bid that was acknowledged
is there, whatever died in between, and is the one that is opened.
"""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp

from models.base import fetch, fetchrow
from models.vault import Vault
from resolvers.accounts.house import house_of, install
from resolvers.context import Caller  # noqa: TC001
from tests import fleets
from tests.boucle.edge import key
from tests.factories import Item
from tests.faults.calls import answered
from tests.faults.checkouts import ISSUER
from tests.faults.kinds import Kind, Piece

BIDDERS: Final = {True: 12, False: 6}
"""By whether it is the whole set."""
OPEN_SECONDS: Final = 4.0


@dataclass(slots=True)
class Sale:
    """A lot that takes bids, and the last amount that each merchant was told is in."""

    id: UUID
    lot: dict[str, Any]
    task: "asyncio.Task[None] | None" = None
    told: dict[UUID, int] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)


class Bids(Kind):
    """Bids over HTTP: each that was acknowledged is opened, and none is there twice."""

    name = "bids"

    def __init__(self, *, long: bool) -> None:
        self._bidders = BIDDERS[long]
        self._seller: Caller | None = None
        self._keys: list[tuple[UUID, str]] = []
        self._count = 0
        self.addresses: list[str] = []

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        install(house_of(vault, ISSUER))
        self._seller = fleets.organisation_key(await fleets.organisation("seller"))
        for n in range(self._bidders):
            row = await fleets.bidder(f"bids-{n}", 7000)
            text, _ = await key(row.id, "lots:read", "lots:write")
            self._keys.append((row.id, text))

    async def start(self, chance: Random) -> Piece:
        self._count += 1
        if self._seller is None or self._seller.organisation_id is None:
            raise LookupError("no seller")
        of = await fleets.fleet(self._seller.organisation_id, 2)
        lot = await fleets.publish(
            self._seller, of, bidsUntil=fleets.soon(seconds=OPEN_SECONDS), autoAward=True
        )
        sale = Sale(uuid4(), lot)
        sale.task = asyncio.create_task(self._run(sale))
        return Piece(self, ("sale", str(sale.id)), {"sale": sale})

    async def _run(self, sale: Sale) -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(
                *(self._bids(session, sale, *each, n) for n, each in enumerate(self._keys))
            )

    async def _bids(
        self, session: aiohttp.ClientSession, sale: Sale, who: UUID, token: str, n: int
    ) -> None:
        """Bid more and more until bidding is closed."""
        for amount in range(100 + n, 10_000, self._bidders):
            found = await self._asked(session, sale, token, amount)
            if found.get("code") in self._over(sale, who):
                return
            if found["__typename"] != "LotBidChanged":
                sale.odd.append(str(found))
                return
            sale.told[who] = amount
            await asyncio.sleep(0.05)

    @staticmethod
    def _over(sale: Sale, who: UUID) -> set[str]:
        """What tells a merchant that bidding has ended; an awarded lot is its bidders' to see."""
        return {"BIDDING_CLOSED"} if who in sale.told else {"BIDDING_CLOSED", "LOT_UNKNOWN"}

    async def _asked(
        self, session: aiohttp.ClientSession, sale: Sale, token: str, amount: int
    ) -> dict[str, Any]:
        given = {"lotId": sale.lot["id"], "version": sale.lot["version"], "currency": "EUR"}
        given |= {"amount": f"{amount}.00", "idempotencyKey": f"{sale.id}-{amount}"}
        return await answered(session, self.addresses, token, fleets.BID_ON, {"i": given})

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        sale: Sale = piece.facts["sale"]
        done = sale.task is not None and sale.task.done()
        return {sale.id: ("done" if done else "running", 1)}

    async def ended(self, piece: Piece) -> bool:
        """Whether all were answered, and the lot was opened and awarded by a job."""
        sale: Sale = piece.facts["sale"]
        row = await fetchrow("SELECT state FROM lot WHERE id = $1", fleets.row_of(sale.lot))
        return row is not None and row["state"] not in {"PUBLISHED", "BIDDING_CLOSED"}

    async def check(self, piece: Piece) -> list[str]:
        sale: Sale = piece.facts["sale"]
        wrong = [f"sale {sale.id}: {each}" for each in sale.odd]
        rows = await fetch(
            "SELECT b.merchant_id, b.amount_minor / 100 AS amount, b.state, "
            "b.submitted_at < l.bids_until AS early, b.rank FROM lot_bid b "
            "JOIN lot l ON l.id = b.lot_id WHERE l.id = $1 AND b.state IN ('SUBMITTED', 'WON')",
            fleets.row_of(sale.lot),
        )
        opened = {row["merchant_id"]: row["amount"] for row in rows}
        if opened != sale.told:
            wrong.append(f"sale {sale.id}: told {sale.told}, opened {opened}")
        if not all(row["early"] for row in rows):
            wrong.append(f"sale {sale.id}: a late bid is in")
        best = max(rows, key=lambda row: row["amount"], default=None)
        if best is not None and (best["state"], best["rank"]) != ("WON", 1):
            wrong.append(f"sale {sale.id}: the best bid is {dict(best)}")
        return wrong

"""Buyers who race for too few pieces, while the processes that serve them are killed.

Each repeats its call until it is answered, with the key of the first: so it is answered for one
purchase, or for a refusal, whatever died in between.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp

from models.accounts import sign_in
from models.accounts.people import Account
from models.base import execute, fetch, fetchrow
from models.vault import Vault
from resolvers.accounts.house import house, house_of, install
from tests import factories
from tests.checkout import BUY, Buyer, crowd
from tests.factories import Item, line
from tests.faults.calls import answered
from tests.faults.kinds import Kind, Piece
from tests.rules import lawful

STOCK: Final = 8
BUYERS: Final = {True: 40, False: 20}
"""By whether it is the whole set."""
ISSUER: Final = "http://boucle.test"
METHODS: Final = ("tok_ok", "tok_ok", "tok_declined", "tok_3ds")
TOTAL: Final = 201_39


@dataclass(slots=True)
class Race:
    """A race that goes on in the background, and what each buyer was told."""

    id: UUID
    offer: UUID
    task: "asyncio.Task[None] | None" = None
    told: dict[str, dict[str, Any]] = field(default_factory=dict)


class Checkouts(Kind):
    """Checkouts over HTTP: never more sold than there is, no stock lost, each purchase once."""

    name = "checkouts"

    def __init__(self, *, long: bool) -> None:
        self._buyers = BUYERS[long]
        self._items: list[Item] = []
        self._races: dict[str, Race] = {}
        self.addresses: list[str] = []

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        self._items = items
        await lawful()
        install(house_of(vault, ISSUER))

    async def start(self, chance: Random) -> Piece:
        number = len(self._races)
        owner = await factories.merchant(f"racing-{number}")
        feed = await factories.feed(owner)
        await factories.run(feed, [line(self._items[0], "RACE", quantity=STOCK)])
        race = Race(uuid4(), (await factories.of_sku(owner, "RACE"))["id"])
        buyers = await crowd(race.offer, TOTAL, self._buyers)
        tokens = [await _token(buyer) for buyer in buyers]
        methods = [chance.choice(METHODS) for _ in buyers]
        race.task = asyncio.create_task(self._run(race, buyers, tokens, methods))
        self._races[str(race.id)] = race
        return Piece(self, ("race", str(race.id)), {"race": race})

    async def _run(
        self, race: Race, buyers: list[Buyer], tokens: list[str], methods: list[str]
    ) -> None:
        async with aiohttp.ClientSession() as session:
            calls = zip(buyers, tokens, methods, strict=True)
            await asyncio.gather(*(self._buy(session, race, *call) for call in calls))

    async def _buy(
        self, session: aiohttp.ClientSession, race: Race, buyer: Buyer, token: str, method: str
    ) -> None:
        variables = {"cart": buyer.cart, "method": method, "k": f"race-{race.id}"}
        race.told[buyer.cart] = await answered(session, self.addresses, token, BUY, variables)

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        race: Race = piece.facts["race"]
        done = race.task is not None and race.task.done()
        return {race.id: ("done" if done else "running", 1)}

    async def ended(self, piece: Piece) -> bool:
        """Whether all were answered and nothing waits for money any more.

        What is not paid is given up at once instead of after 15 minutes, by the job that does so.
        """
        race: Race = piece.facts["race"]
        if race.task is None or not race.task.done():
            return False
        await execute(
            "UPDATE purchase p SET expires_at = now() - interval '1 second' "
            "WHERE state = 'PENDING_PAYMENT' AND expires_at > now() AND EXISTS (SELECT FROM "
            "order_line l WHERE l.purchase_id = p.id AND l.offer_id = $1)",
            race.offer,
        )
        await execute("UPDATE periodic_job SET next_at = now() WHERE name = 'expire_purchases' "
                      "AND next_at > now() + interval '1 second'")  # fmt: skip
        waits = await fetch(
            "SELECT FROM order_line WHERE offer_id = $1 AND state = 'RESERVED' LIMIT 1", race.offer
        )
        return not waits

    async def check(self, piece: Piece) -> list[str]:
        race: Race = piece.facts["race"]
        row = await fetchrow(
            "SELECT o.quantity AS stock, o.taken,"
            " (SELECT coalesce(sum(r.quantity), 0) FROM reservation r WHERE r.offer_id = o.id"
            "  AND r.released_at IS NULL AND r.consumed_at IS NULL)::int AS held,"
            " (SELECT count(*) FROM order_line l WHERE l.offer_id = o.id AND l.state = 'PAID')::int"
            "  AS sold,"
            " (SELECT count(*) FROM order_line l WHERE l.offer_id = o.id)::int AS lines,"
            " (SELECT count(DISTINCT customer_id) FROM order_line l WHERE l.offer_id = o.id)::int"
            "  AS customers FROM offer o WHERE o.id = $1",
            race.offer,
        )
        if row is None:
            return [f"race {race.id}: the offer is gone"]
        wrong = []
        if row["stock"] + row["sold"] != STOCK or row["held"] != row["sold"]:
            wrong.append(f"race {race.id}: of {STOCK} there are {dict(row)}")
        if row["lines"] != row["customers"]:
            wrong.append(f"race {race.id}: somebody bought twice")
        if len(race.told) != self._buyers:
            wrong.append(f"race {race.id}: {len(race.told)} of {self._buyers} were answered")
        paid = [each["purchase"]["orders"][0]["number"] for each in race.told.values()
                if each.get("purchase", {}).get("state") == "PAID"]  # fmt: skip
        known = await fetch(
            "SELECT o.number FROM orders o JOIN order_line l ON l.order_id = o.id "
            "WHERE l.offer_id = $1 AND l.state = 'PAID'",
            race.offer,
        )
        numbers = {each["number"] for each in known}
        if len(set(paid)) != len(paid) or not set(paid) <= numbers:
            wrong.append(f"race {race.id}: told {sorted(paid)}, there are {sorted(numbers)}")
        codes = {each.get("code") for each in race.told.values()}
        if not codes <= {None, "OUT_OF_STOCK", "PAYMENT_DECLINED"}:
            wrong.append(f"race {race.id}: refused with {codes}")
        return wrong


async def _token(buyer: Buyer) -> str:
    if buyer.caller is None or buyer.caller.user_id is None:
        raise LookupError(buyer)
    return await token_of(await Account.get(id=buyer.caller.user_id))


async def token_of(account: Account) -> str:
    """A token of a customer who signed in, good for a day."""
    now = datetime.now(UTC)
    session = await sign_in.open_session(account, now + timedelta(days=1))
    await house().signing.ready(now)
    token, _ = await house().signing.sign(account.id, session.id, now)
    return token

"""What changed for the public, written in the transaction of the change, said on the bus after it.

Topics: `product:ID` with the `markets` in which its offers, prices, ranking or data changed;
`market:CODE` where any product of the market may have; `market:*` where anything may have, as
after a load of the catalogue; `run:ID` with the `version` of a feed run, `bulk:ID` with that of a
bulk operation; `order:ID` where a line moved or a parcel has news, `shipment:ID` for the parcel
itself. Whoever watches a product in a
market listens to both. Said, but never written, is `offers:CODE`: some product of that market
changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson

MOST_PRODUCTS = 500
MOST_WAITING = 10_000
EVERYTHING = "market:*"
BEAT = "relay"  # the topic of the relay's heartbeat
Announced = tuple[str, dict[str, Any]]

_TAKE = """
WITH taken AS MATERIALIZED (
  SELECT id FROM announcement ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
DELETE FROM announcement a USING taken t WHERE a.id = t.id
RETURNING a.id, a.topic, a.payload::text AS payload
"""
_MANY = "SELECT count(*) > $1 FROM (SELECT FROM announcement LIMIT $1::int + 1) AS found"
# Products become their markets, and everything, as their data may be shown without a market; of
# every other topic the youngest is left, as it stands for all.
_FOLD = """
WITH held AS MATERIALIZED (SELECT id FROM announcement FOR UPDATE SKIP LOCKED),
gone AS (
  DELETE FROM announcement a USING held h WHERE a.id = h.id RETURNING a.id, a.topic, a.payload),
left_over AS (
  SELECT DISTINCT ON (topic) topic, payload FROM gone WHERE topic NOT LIKE 'product:%'
  ORDER BY topic, id DESC),
folded AS (
  SELECT 'market:' || m AS topic FROM gone, jsonb_array_elements_text(gone.payload->'markets') AS m
  WHERE gone.topic LIKE 'product:%'
  UNION SELECT 'market:*' FROM gone WHERE topic LIKE 'product:%')
INSERT INTO announcement (topic, payload)
SELECT topic, payload FROM left_over
UNION ALL SELECT topic, '{}'::jsonb FROM folded WHERE topic NOT IN (SELECT topic FROM left_over)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Announcements taken out of the table: how many rows, and what to say of them."""

    rows: int
    events: list[Announced]


def product_topic(product_id: UUID) -> str:
    """The topic of a product."""
    return f"product:{product_id}"


def market_topic(code: str) -> str:
    """The topic of a whole market."""
    return f"market:{code}"


def offers_topic(code: str) -> str:
    """The topic of what a market offers, said after each change of one of its products."""
    return f"offers:{code}"


async def announce(connection: asyncpg.Connection, topic: str, payload: Mapping[str, Any]) -> None:
    """Have this said to all processes if and only if the current transaction commits."""
    statement = "INSERT INTO announcement (topic, payload) VALUES ($1, $2::text::jsonb)"
    await connection.execute(statement, topic, orjson.dumps(payload).decode())


async def announce_all(connection: asyncpg.Connection, topics: Sequence[str]) -> None:
    """The same of many topics, without a payload, in one statement."""
    statement = "INSERT INTO announcement (topic) SELECT * FROM unnest($1::text[])"
    if topics:
        await connection.execute(statement, list(topics))


async def announce_everything(connection: asyncpg.Connection) -> None:
    """Announce that the catalogue, and with it every market, may have changed."""
    await connection.execute(
        "INSERT INTO announcement (topic) SELECT $1 UNION ALL SELECT 'market:' || code FROM market",
        EVERYTHING,
    )


async def take(connection: asyncpg.Connection, limit: int) -> Taken:
    """Take the oldest rows that no other relay holds; back in the table if the caller fails."""
    rows = await connection.fetch(_TAKE, limit)
    rows.sort(key=lambda row: row["id"])
    return Taken(len(rows), said([(r["topic"], orjson.loads(r["payload"])) for r in rows]))


def said(announced: Sequence[Announced]) -> list[Announced]:
    """What to say of these: each topic once, at its last place; then the offers of the markets."""
    found: dict[str, dict[str, Any]] = {}
    for topic, payload in announced:
        before = found.pop(topic, {})
        markets = {*before.get("markets", ()), *payload.get("markets", ())}
        found[topic] = payload | ({"markets": sorted(markets)} if markets else {})
    return [*found.items(), *((offers_topic(m), {}) for m in _markets(found.values()))]


def _markets(payloads: Iterable[dict[str, Any]]) -> list[str]:
    return sorted({market for payload in payloads for market in payload.get("markets", ())})


async def waiting(connection: asyncpg.Connection) -> bool:
    """Whether a committed announcement has not been said yet."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM announcement)")
    return found


async def fold(connection: asyncpg.Connection, most: int = MOST_WAITING) -> bool:
    """Make few of more than `most` rows that wait, in the current transaction.

    Return whether there were so many. Nothing is lost: a market stands for each of its products.
    """
    if not await connection.fetchval(_MANY, most):
        return False
    await connection.execute(_FOLD)
    return True

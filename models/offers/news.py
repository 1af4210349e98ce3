"""What became of a merchant's offers in their competitions: told to those who listen.

`models/offers/refresh.sql` writes the events, in the transaction of the change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson

from domain.topics import Topic
from models.base import execute, fetch, fetchval

LISTENS_FOR = timedelta(minutes=12)


@dataclass(frozen=True, slots=True)
class Change:
    """An offer whose competition state in a market is another now.

    Shapes: where many changed at once, `offer_id`, `before` and `after` are None and `offers` says
    how many. `n` grows in the order of writing, which may not be that of committing.
    """

    n: int
    id: UUID
    at: datetime
    offer_id: UUID | None
    sku: str | None
    market: str
    before: str | None
    after: str | None
    because: str | None
    offers: int


def topic_of(merchant_id: UUID) -> str:
    """The topic that announces changes of this merchant's offers."""
    return f"competition:{merchant_id}"


async def listen(merchant_id: UUID, topics: Sequence[Topic]) -> None:
    """Have events of these topics written for the merchant, for the next twelve minutes."""
    await execute(
        "INSERT INTO event_interest AS i (merchant_id, topic, live_until) "
        "SELECT $1, t, now() + $3 FROM unnest($2::text[]) t ORDER BY t "
        "ON CONFLICT (merchant_id, topic) DO UPDATE "
        "SET live_until = greatest(i.live_until, excluded.live_until)",
        merchant_id,
        [topic.value for topic in topics],
        LISTENS_FOR,
    )


async def newest(merchant_id: UUID) -> int:
    """The number of the newest change of the merchant; 0 if there is none."""
    found: int = await fetchval(
        "SELECT COALESCE(max(n), 0) FROM event WHERE merchant_id = $1 AND topic = $2",
        merchant_id,
        Topic.OFFER_COMPETITION_CHANGED.value,
    )
    return found


async def changes(merchant_id: UUID, market: str | None, after: int, limit: int) -> list[Change]:
    """The changes after a number, the oldest first, in one market or in all."""
    rows = await fetch(
        "SELECT e.n, e.id, e.at, e.object_type, e.object_id, e.data::text AS data, o.sku "
        "FROM event e LEFT JOIN offer o ON o.id = e.object_id AND o.merchant_id = e.merchant_id "
        "WHERE e.merchant_id = $1 AND e.topic = $2 AND e.n > $3 "
        "AND ($4::text IS NULL OR e.data->>'market' = $4) ORDER BY e.n LIMIT $5",
        merchant_id,
        Topic.OFFER_COMPETITION_CHANGED.value,
        after,
        market,
        limit,
    )
    found = []
    for row in rows:
        data = orjson.loads(row["data"])
        found.append(
            Change(
                n=row["n"],
                id=row["id"],
                at=row["at"],
                offer_id=row["object_id"] if row["object_type"] == "Offer" else None,
                sku=row["sku"],
                market=data["market"],
                before=data.get("from"),
                after=data["to"] if row["object_type"] == "Offer" else None,
                because=data.get("because"),
                offers=int(data.get("offers", 1)),
            )
        )
    return found

"""The log of what was sent to a caller's endpoints; tests and replays."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.partners.asked import Again, Wanted
from domain.partners.webhooks import SENT_TO, EndpointState
from models.offers.read import Position
from models.partners import deliveries as stored
from models.partners import endpoints
from models.partners.deliveries import Delivery
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, owner_once
from resolvers.partners.endpoints import READ, WRITE, WrongState
from resolvers.partners.orders import topics_in

MOST_AGAIN = 10_000
MOST_IDS = 1_000
_LAST = 2**62


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many deliveries were made; `next_since` where more events remain."""

    made: int
    next_since: datetime | None


async def deliveries(
    ctx: Context, wanted: Wanted, first: int, after: str | None
) -> paging.Page[Delivery]:
    """The caller's deliveries, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    owner_id = ctx.owner_id(READ)
    asked = (wanted.endpoint_id, wanted.state, wanted.since)
    size, of = paging.size(first), paging.fingerprint("webhookDeliveries", owner_id, *asked)
    position = paging.opened(after, of, ctx.seal)
    before = min(max(int(position.key1), 0), _LAST) if position else None
    async with ctx.acting_owner(READ):
        rows = await stored.listed(owner_id, wanted, before, size + 1)
    return paging.page([(row, Position(row.n, 0, row.id)) for row in rows], size, of, ctx.seal)


async def delivery(ctx: Context, delivery_id: UUID) -> Delivery | None:
    """One of the caller's deliveries; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_owner(READ) as owner_id:
        return await stored.one(owner_id, delivery_id)


async def send_test(ctx: Context, endpoint_id: UUID, key: str) -> Delivery | WrongState | None:
    """Have an endpoint sent a test event; None for one that is not the caller's.

    Refuses: one that is sent nothing. Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(owner_id: UUID) -> Outcome:
        found = await endpoints.one(owner_id, endpoint_id)
        if found is None or found.state not in SENT_TO:
            return {"state": found.state.value if found else None}
        return {"id": str(await stored.add_test(owner_id, endpoint_id))}

    said = {"id": endpoint_id}
    outcome = await owner_once(ctx, WRITE, "sendTestEvent", key, said, act)
    if "id" not in outcome:
        return WrongState(EndpointState(outcome["state"])) if outcome["state"] else None
    async with ctx.acting_owner(WRITE) as owner_id:
        return await stored.one(owner_id, UUID(outcome["id"]))


async def replay(
    ctx: Context, endpoint_id: UUID, again: Again, key: str
) -> Replayed | WrongState | None:
    """Deliver events again; None for an endpoint that is not the caller's.

    Refuses: an endpoint that is sent nothing.
    Raises: SignInFirst, Forbidden; BadInput without a time or ids, or with too many of them.
    """
    if again.since is None and again.ids is None:
        raise BadInput("Say `since` or `ids`.", argument="since")
    if again.ids is not None and len(again.ids) > MOST_IDS:
        raise BadInput(f"`ids` holds more than {MOST_IDS}.", argument="ids")
    asked = replace(again, topics=topics_in(again.topics))

    async def act(owner_id: UUID) -> Outcome:
        found = await endpoints.one(owner_id, endpoint_id, lock=True)
        if found is None or found.state not in SENT_TO:
            return {"state": found.state.value if found else None}
        made = await stored.replay(owner_id, endpoint_id, found.topics, asked, MOST_AGAIN)
        said = {"since": again.since, "until": again.until, "made": made.made}
        await audited(ctx, "replayWebhooks", "WebhookEndpoint", endpoint_id, after=said)
        return {"made": made.made, "nextSince": made.next_since and made.next_since.isoformat()}

    said = {
        "id": endpoint_id,
        "since": again.since,
        "until": again.until,
        "topics": again.topics,
        "ids": again.ids,
    }
    outcome = await owner_once(ctx, WRITE, "replayWebhooks", key, said, act)
    if "made" not in outcome:
        return WrongState(EndpointState(outcome["state"])) if outcome["state"] else None
    later = outcome["nextSince"]
    return Replayed(outcome["made"], datetime.fromisoformat(later) if later else None)

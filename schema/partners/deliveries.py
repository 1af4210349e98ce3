"""The log of webhooks: what was sent, what was answered, when it is tried again."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.partners.asked import Wanted
from domain.partners.webhooks import DeliveryState, Failed
from resolvers.partners import deliveries as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Node,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.partners.endpoints import READ
from schema.rules import ruled

if TYPE_CHECKING:
    from models.partners.deliveries import Delivery, Try

strawberry.enum(
    DeliveryState,
    name="WebhookDeliveryState",
    description="Where a delivery stands; `RETRYING` waits for its next try.",
)


@ruled(READ)
@strawberry.type
class WebhookHeader:
    """A header of a request."""

    name: str = strawberry.field(description="In lower case.")
    value: str = strawberry.field(description="As it was sent.")


@ruled(READ)
@strawberry.type
class WebhookTry:
    """One try of a delivery."""

    at: datetime = strawberry.field(description="When it began.")
    status: int | None = strawberry.field(description="HTTP status of the answer, if one came.")
    problem: Failed | None = strawberry.field(description="Why it failed; `null` if it did not.")
    latency_ms: int = strawberry.field(description="Milliseconds until the answer, or the failure.")

    @classmethod
    def of(cls, row: "Try") -> Self:
        return cls(at=row.at, status=row.status, problem=row.problem, latency_ms=row.latency_ms)


@ruled(READ)
@strawberry.type
class WebhookDelivery(Node):
    """An event on its way to one endpoint. Request and answer are those of the last try."""

    webhook_id: strawberry.ID = strawberry.field(
        description="Id of the event, `webhook-id`: the same in every try and replay."
    )
    endpoint_id: strawberry.relay.GlobalID = strawberry.field(description="Id of the endpoint.")
    topic: str = strawberry.field(description="What the event is about.")
    replay: int = strawberry.field(description="0, or the number of the replay.")
    state: DeliveryState = strawberry.field(description="Where it stands.")
    created_at: datetime = strawberry.field(description="When it was made.")
    tries: int = strawberry.field(description="How often it was tried: 8 times at most.")
    next_try_at: datetime | None = strawberry.field(description="When it is tried next.")
    finished_at: datetime | None = strawberry.field(description="When it came to its end.")
    request_headers: list[WebhookHeader] = strawberry.field(
        description="Headers as sent. At most 10."
    )
    request_body: str | None = strawberry.field(description="Body as sent.")
    response_status: int | None = strawberry.field(description="HTTP status of the answer.")
    response_body: str | None = strawberry.field(
        description="The first 4 KiB of the answer; bytes that are not UTF-8 are replaced."
    )
    latency_ms: int | None = strawberry.field(description="Milliseconds until the answer.")
    problem: Failed | None = strawberry.field(description="Why the last try failed.")
    payload_problem: str | None = strawberry.field(
        description="Why there is no `payload`, as `payloadError.code` says it."
    )
    history: list[WebhookTry] = strawberry.field(
        description="Every try, the first one first. At most 8."
    )

    @classmethod
    def of(cls, row: "Delivery") -> Self:
        waits = row.state in {DeliveryState.QUEUED, DeliveryState.RETRYING}
        headers = row.request_headers.items()
        return cls(
            id=global_id("WebhookDelivery", row.id),
            webhook_id=strawberry.ID(str(row.event_id)),
            endpoint_id=global_id("WebhookEndpoint", row.endpoint_id),
            topic=row.topic,
            replay=row.replay,
            state=row.state,
            created_at=row.created_at,
            tries=row.tries,
            next_try_at=row.due_at if waits else None,
            finished_at=row.finished_at,
            request_headers=[WebhookHeader(name=n, value=v) for n, v in headers],
            request_body=_text(row.request_body),
            response_status=row.response_status,
            response_body=_text(row.response_body),
            latency_ms=row.latency_ms,
            problem=row.problem,
            payload_problem=row.payload_problem,
            history=[WebhookTry.of(each) for each in row.history],
        )


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else bytes(raw).decode(errors="replace")


@ruled(READ)
@strawberry.type
class WebhookDeliveryConnection:
    """Deliveries, page by page, newest first."""

    edges: list[Edge[WebhookDelivery]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class WebhookDeliveriesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def webhook_deliveries(
        self,
        info: Info,
        endpoint: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those to this endpoint.")
        ] = None,
        state: Annotated[
            DeliveryState | None, strawberry.argument(description="Only those in this state.")
        ] = None,
        since: Annotated[
            datetime | None, strawberry.argument(description="Only those made then or later.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> WebhookDeliveryConnection:
        """What was sent to you in 30 days, newest first. Needs a key with `webhooks:read`."""
        wanted = Wanted(row_id(endpoint, "WebhookEndpoint", "endpoint"), state, since)
        page = await resolvers.deliveries(info.context, wanted, first, after)
        return WebhookDeliveryConnection(
            edges=edges(page, WebhookDelivery.of), page_info=page_info(page, after)
        )

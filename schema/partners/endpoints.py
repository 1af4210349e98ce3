"""Endpoints of webhooks, for the key of a merchant or an organisation."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from domain.partners.webhooks import DisabledFor, EndpointState, Failed
from resolvers.partners import endpoints as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Node,
    NodeId,
    PageInfo,
    edges,
    global_id,
    page_info,
    row_id,
)
from schema.rules import Scope, ruled

if TYPE_CHECKING:
    from models.partners.endpoints import Endpoint

READ, WRITE = Scope(resolvers.READ), Scope(resolvers.WRITE)

strawberry.enum(
    EndpointState,
    name="WebhookEndpointState",
    description="Where an endpoint stands: `ACTIVE` and `DEGRADED` ones are sent events.",
)
strawberry.enum(DisabledFor, name="WebhookDisabledFor", description="Why it was disabled.")
strawberry.enum(Failed, name="WebhookFailure", description="Why a try failed, or a challenge.")


@ruled(READ)
@strawberry.type
class WebhookSelection:
    """What you want to be told beside the event: an operation, run when it is sent."""

    topic: str = strawberry.field(description="For events of this topic.")
    document: str = strawberry.field(description="A query that takes `$id: ID!`, the object's id.")


@ruled(READ)
@strawberry.type
class WebhookEndpoint(Node):
    """Where you are told what happens. Its secret is shown when it is made, and never again."""

    url: str = strawberry.field(description="Where requests go.")
    description: str = strawberry.field(description="Your name for it.")
    topics: list[str] = strawberry.field(description="What it is told. At most 50.")
    selections: list[WebhookSelection] = strawberry.field(
        description="What goes under `payload`, by topic. At most 50."
    )
    scopes: list[str] = strawberry.field(
        description="Rights that its selections run with: those of who made them. At most 50."
    )
    state: EndpointState = strawberry.field(description="Where it stands.")
    created_at: datetime = strawberry.field(description="When it was made.")
    verified_at: datetime | None = strawberry.field(
        description="When it first echoed a challenge: it is told what happened since."
    )
    challenged_at: datetime | None = strawberry.field(description="Last challenge.")
    challenge_problem: Failed | None = strawberry.field(
        description="Why that failed; it is asked 8 more times in some 4 minutes."
    )
    failures: int = strawberry.field(description="Tries that failed since the last success.")
    failing_since: datetime | None = strawberry.field(
        description="When they began; after 5 days it is disabled."
    )
    open_until: datetime | None = strawberry.field(
        description="Nothing is sent until then: 10 tries failed in a row. Then one is tried."
    )
    disabled_at: datetime | None = strawberry.field(description="When it was disabled.")
    disabled_for: DisabledFor | None = strawberry.field(description="Why.")
    old_secret_until: datetime | None = strawberry.field(
        description="Until when the secret before this one signs too."
    )

    @classmethod
    def of(cls, row: "Endpoint") -> Self:
        return cls(
            id=global_id("WebhookEndpoint", row.id),
            url=row.url,
            description=row.description,
            topics=row.topics,
            selections=[WebhookSelection(topic=t, document=d) for t, d in row.selections.items()],
            scopes=row.scopes,
            state=row.state,
            created_at=row.created_at,
            verified_at=row.verified_at,
            challenged_at=row.challenged_at,
            challenge_problem=row.challenge_problem,
            failures=row.failures,
            failing_since=row.failing_since,
            open_until=row.open_until,
            disabled_at=row.disabled_at,
            disabled_for=row.disabled_for,
            old_secret_until=row.old_secret_until,
        )


@ruled(READ)
@strawberry.type
class WebhookEndpointConnection:
    """Endpoints, page by page, newest first."""

    edges: list[Edge[WebhookEndpoint]] = strawberry.field(description="The endpoints of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class WebhookEndpointsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def webhook_endpoints(
        self, info: Info, first: First = 24, after: After = None
    ) -> WebhookEndpointConnection:
        """Your endpoints, newest first. Needs a key with `webhooks:read`."""
        page = await resolvers.endpoints(info.context, first, after)
        return WebhookEndpointConnection(
            edges=edges(page, WebhookEndpoint.of), page_info=page_info(page, after)
        )

    @strawberry.field(metadata={"rule": READ})
    async def webhook_endpoint(self, info: Info, id: NodeId) -> WebhookEndpoint | None:
        """One of your endpoints; `null` for any other. Needs a key with `webhooks:read`."""
        found = row_id(id, "WebhookEndpoint", "id")
        row = await resolvers.endpoint(info.context, found) if found else None
        return WebhookEndpoint.of(row) if row else None

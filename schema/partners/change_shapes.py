"""What is sent to change webhooks, and what is answered."""

from datetime import datetime
from typing import Annotated

import strawberry

from schema.common import ONCE, Problem
from schema.offers.feed_run_changes import InvalidTransition
from schema.partners.deliveries import WebhookDelivery
from schema.partners.endpoints import WebhookEndpoint
from schema.rules import OWN, ruled

URL = "https, port 443, a public host by its name; no user name, no fragment."
_TOPICS = "1 to 50 topics, such as `feed.run_finished`."
_DESCRIPTION = "Your name for it, 200 characters."
_SELECTIONS = "What goes under `payload`, for each topic once at most."
_ID = "Id of the `WebhookEndpoint`."


@strawberry.input
class WebhookSelectionInput:
    """A query to run for events of a topic."""

    topic: str = strawberry.field(description="One of the endpoint's topics.")
    document: str = strawberry.field(
        description="One query with the one variable `$id: ID!`, 4,000 characters, 200 points."
    )


@strawberry.input
class CreateWebhookEndpointInput:
    """What is sent where."""

    url: str = strawberry.field(description=URL)
    topics: list[str] = strawberry.field(description=_TOPICS)
    idempotency_key: str = strawberry.field(description=ONCE)
    description: str = strawberry.field(default="", description=_DESCRIPTION)
    selections: list[WebhookSelectionInput] = strawberry.field(
        default_factory=list, description=_SELECTIONS
    )


@strawberry.input
class UpdateWebhookEndpointInput:
    """What to change: what is left out stays, `null` clears it."""

    id: strawberry.ID = strawberry.field(description=_ID)
    idempotency_key: str = strawberry.field(description=ONCE)
    url: str | None = strawberry.field(default=strawberry.UNSET, description=URL)
    topics: list[str] | None = strawberry.field(default=strawberry.UNSET, description=_TOPICS)
    description: str | None = strawberry.field(default=strawberry.UNSET, description=_DESCRIPTION)
    selections: list[WebhookSelectionInput] | None = strawberry.field(
        default=strawberry.UNSET, description=_SELECTIONS
    )


@strawberry.input
class WebhookEndpointInput:
    """Which endpoint."""

    id: strawberry.ID = strawberry.field(description=_ID)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ReplayWebhooksInput:
    """Which events to deliver again: a time, ids, or both."""

    endpoint: strawberry.ID = strawberry.field(description=_ID)
    idempotency_key: str = strawberry.field(description=ONCE)
    since: datetime | None = strawberry.field(default=None, description="Events from then on.")
    until: datetime | None = strawberry.field(default=None, description="Events before then.")
    topics: list[str] | None = strawberry.field(
        default=None, description="Only these of the endpoint's topics."
    )
    ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only events with these `webhook-id`s, 1,000 at most."
    )


@ruled(OWN)
@strawberry.type
class WebhookEndpointCreated:
    """The endpoint, which is challenged now, and its secret for the only time."""

    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")
    secret: str | None = strawberry.field(
        description="`whsec_…`: verify signatures with it. `null` where the call was repeated: if "
        "the first answer was lost, call `rotateWebhookSecret`."
    )


@ruled(OWN)
@strawberry.type
class WebhookEndpointUpdated:
    """The endpoint as it is now; with another URL it is challenged first."""

    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@ruled(OWN)
@strawberry.type
class WebhookEndpointDeleted:
    """Nothing is sent there any more; its log stays for its 30 days."""

    id: strawberry.ID = strawberry.field(description="The id that was given.")


@ruled(OWN)
@strawberry.type
class WebhookSecretRotated:
    """The new secret for the only time; the one before signs too for 24 hours."""

    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")
    secret: str | None = strawberry.field(
        description="`whsec_…`; `null` where the call was repeated, as it is not shown again."
    )


@ruled(OWN)
@strawberry.type
class WebhookEndpointChallenged:
    """The endpoint is being challenged; once it echoes, its `state` is `ACTIVE`."""

    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@ruled(OWN)
@strawberry.type
class WebhookTestQueued:
    """The test event is on its way."""

    delivery: WebhookDelivery = strawberry.field(description="Read it again by `node(id)`.")


@ruled(OWN)
@strawberry.type
class WebhooksReplayed:
    """Events are delivered again, oldest first, each under its old `webhook-id`."""

    deliveries: int = strawberry.field(description="How many deliveries were made: up to 10,000.")
    next_since: datetime | None = strawberry.field(
        description="Call again with this `since` for the rest; `null` where there is none."
    )


@ruled(OWN)
@strawberry.type
class WebhookEndpointUnknown(Problem):
    """There is no such endpoint of yours."""


@ruled(OWN)
@strawberry.type
class WebhookUrlRefused(Problem):
    """Webhooks are not sent to such a URL."""

    reason: str = strawberry.field(
        description="`TOO_LONG` `UNREADABLE` `NOT_HTTPS` `PORT` `USER_NAME` `FRAGMENT` `HOST`."
    )


@ruled(OWN)
@strawberry.type
class WebhookTopicNotGranted(Problem):
    """You may not read what this topic tells, so it is not sent to you either."""

    topic: str = strawberry.field(description="The topic.")
    scope: str = strawberry.field(description="The scope that is lacking, in all markets.")


@ruled(OWN)
@strawberry.type
class WebhookSelectionRefused(Problem):
    """The document cannot be run when an event is sent."""

    topic: str = strawberry.field(description="The topic.")
    reason: str = strawberry.field(
        description="`SYNTAX` `INVALID_DOCUMENT` `NOT_A_QUERY` `ID_MISSING` `TOO_MANY_POINTS` "
        "`SCOPE_NOT_GRANTED`, or another reason of docs/rules/errors.md."
    )


@ruled(OWN)
@strawberry.type
class WebhookEndpointLimitReached(Problem):
    """There are as many endpoints as there may be."""

    limit: int = strawberry.field(description="How many there may be.")


CreateWebhookEndpointResult = Annotated[
    WebhookEndpointCreated
    | WebhookUrlRefused
    | WebhookTopicNotGranted
    | WebhookSelectionRefused
    | WebhookEndpointLimitReached,
    strawberry.union("CreateWebhookEndpointResult", description="The endpoint, or a refusal."),
]
UpdateWebhookEndpointResult = Annotated[
    WebhookEndpointUpdated
    | WebhookEndpointUnknown
    | WebhookUrlRefused
    | WebhookTopicNotGranted
    | WebhookSelectionRefused,
    strawberry.union("UpdateWebhookEndpointResult", description="The endpoint, or a refusal."),
]
DeleteWebhookEndpointResult = Annotated[
    WebhookEndpointDeleted | WebhookEndpointUnknown,
    strawberry.union("DeleteWebhookEndpointResult", description="Done, or a refusal."),
]
RotateWebhookSecretResult = Annotated[
    WebhookSecretRotated | WebhookEndpointUnknown,
    strawberry.union("RotateWebhookSecretResult", description="The secret, or a refusal."),
]
VerifyWebhookEndpointResult = Annotated[
    WebhookEndpointChallenged | WebhookEndpointUnknown | InvalidTransition,
    strawberry.union("VerifyWebhookEndpointResult", description="The endpoint, or a refusal."),
]
SendTestEventResult = Annotated[
    WebhookTestQueued | WebhookEndpointUnknown | InvalidTransition,
    strawberry.union("SendTestEventResult", description="The delivery, or a refusal."),
]
ReplayWebhooksResult = Annotated[
    WebhooksReplayed | WebhookEndpointUnknown | InvalidTransition,
    strawberry.union("ReplayWebhooksResult", description="How many, or a refusal."),
]

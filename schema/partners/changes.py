"""What a partner changes about its webhooks: endpoints, secrets, tests, replays."""

from typing import Annotated, Any, TypeVar
from uuid import UUID

import strawberry

from domain.partners.asked import Again
from domain.partners.webhooks import EndpointState
from resolvers.context import BadInput
from resolvers.partners import deliveries, endpoints
from resolvers.partners.orders import Order, Refusal, SelectionRefused, TopicNotGranted, UrlRefused
from schema.common import Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.partners.change_shapes import (
    URL,
    CreateWebhookEndpointInput,
    CreateWebhookEndpointResult,
    DeleteWebhookEndpointResult,
    ReplayWebhooksInput,
    ReplayWebhooksResult,
    RotateWebhookSecretResult,
    SendTestEventResult,
    UpdateWebhookEndpointInput,
    UpdateWebhookEndpointResult,
    VerifyWebhookEndpointResult,
    WebhookEndpointChallenged,
    WebhookEndpointCreated,
    WebhookEndpointDeleted,
    WebhookEndpointInput,
    WebhookEndpointLimitReached,
    WebhookEndpointUnknown,
    WebhookEndpointUpdated,
    WebhookSecretRotated,
    WebhookSelectionRefused,
    WebhooksReplayed,
    WebhookTestQueued,
    WebhookTopicNotGranted,
    WebhookUrlRefused,
)
from schema.partners.deliveries import WebhookDelivery
from schema.partners.endpoints import WRITE, WebhookEndpoint

T = TypeVar("T")

Which = Annotated[WebhookEndpointInput, strawberry.argument(description="Which endpoint.")]


@strawberry.type
class WebhooksMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[
            CreateWebhookEndpointInput, strawberry.argument(description="What is sent where.")
        ],
    ) -> CreateWebhookEndpointResult:
        """Have events sent to an address of yours, once it echoed a challenge.

        Needs a key with `webhooks:write`, and the scope that reads each topic.
        """
        selections = [(each.topic, each.document) for each in input.selections]
        order = Order(input.url, input.topics, input.description, selections)
        key = idempotency_key(input.idempotency_key)
        match await endpoints.create(info.context, order, key):
            case endpoints.Made(row, secret):
                return WebhookEndpointCreated(endpoint=WebhookEndpoint.of(row), secret=secret)
            case endpoints.LimitReached(limit):
                return WebhookEndpointLimitReached(
                    code="WEBHOOK_ENDPOINT_LIMIT_REACHED",
                    message=f"There are {limit} endpoints already.",
                    path=["input"],
                    hint="`deleteWebhookEndpoint` ends one; one endpoint takes many topics.",
                    request_id=strawberry.ID(info.context.request_id),
                    limit=limit,
                )
            case refusal:
                return _refused(info, refusal)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_webhook_endpoint(
        self,
        info: Info,
        input: Annotated[
            UpdateWebhookEndpointInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateWebhookEndpointResult:
        """Change an endpoint. Needs a key with `webhooks:write`."""
        given = _said(input.selections, [])
        order = Order(
            url=_said(input.url, ""),
            topics=_said(input.topics, []),
            description=_said(input.description, ""),
            selections=None if given is None else [(each.topic, each.document) for each in given],
        )
        key = idempotency_key(input.idempotency_key)
        match await endpoints.update(info.context, _id(input.id), order, key):
            case None:
                return _unknown(info)
            case UrlRefused() | TopicNotGranted() | SelectionRefused() as refusal:
                return _refused(info, refusal)
            case row:
                return WebhookEndpointUpdated(endpoint=WebhookEndpoint.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def delete_webhook_endpoint(
        self, info: Info, input: Which
    ) -> DeleteWebhookEndpointResult:
        """End an endpoint. Needs a key with `webhooks:write`."""
        key = idempotency_key(input.idempotency_key)
        if await endpoints.delete(info.context, _id(input.id), key):
            return WebhookEndpointDeleted(id=input.id)
        return _unknown(info)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def rotate_webhook_secret(self, info: Info, input: Which) -> RotateWebhookSecretResult:
        """Give an endpoint a new secret. Needs a key with `webhooks:write`."""
        key = idempotency_key(input.idempotency_key)
        made = await endpoints.rotate(info.context, _id(input.id), key)
        if made is None:
            return _unknown(info)
        return WebhookSecretRotated(endpoint=WebhookEndpoint.of(made.endpoint), secret=made.secret)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def verify_webhook_endpoint(
        self, info: Info, input: Which
    ) -> VerifyWebhookEndpointResult:
        """Challenge an endpoint again that waits, or that was disabled.

        Needs a key with `webhooks:write`.
        """
        key = idempotency_key(input.idempotency_key)
        match await endpoints.verify(info.context, _id(input.id), key):
            case None:
                return _unknown(info)
            case endpoints.WrongState(state):
                return _wrong_state(info, state, EndpointState.PENDING)
            case row:
                return WebhookEndpointChallenged(endpoint=WebhookEndpoint.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def send_test_event(self, info: Info, input: Which) -> SendTestEventResult:
        """Send an event `webhook.test` to an endpoint. Needs a key with `webhooks:write`."""
        key = idempotency_key(input.idempotency_key)
        match await deliveries.send_test(info.context, _id(input.id), key):
            case None:
                return _unknown(info)
            case endpoints.WrongState(state):
                return _wrong_state(info, state, EndpointState.ACTIVE)
            case row:
                return WebhookTestQueued(delivery=WebhookDelivery.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def replay_webhooks(
        self,
        info: Info,
        input: Annotated[ReplayWebhooksInput, strawberry.argument(description="Which events.")],
    ) -> ReplayWebhooksResult:
        """Deliver events of the last 30 days again, or those that an endpoint missed.

        What is still on its way is left alone. Needs a key with `webhooks:write`.
        """
        ids = None if input.ids is None else [_event_id(each) for each in input.ids]
        again = Again(input.since, input.until, input.topics, ids)
        key = idempotency_key(input.idempotency_key)
        endpoint_id = _id(input.endpoint, "endpoint")
        match await deliveries.replay(info.context, endpoint_id, again, key):
            case None:
                return _unknown(info)
            case endpoints.WrongState(state):
                return _wrong_state(info, state, EndpointState.ACTIVE)
            case deliveries.Replayed(made, next_since):
                return WebhooksReplayed(deliveries=made, next_since=next_since)


def _said(value: T | None, cleared: T) -> T | None:
    """None for what was left out; `cleared` for null."""
    if value is strawberry.UNSET:
        return None
    return cleared if value is None else value


def _id(given: strawberry.ID, argument: str = "id") -> UUID:
    return row_id(given, "WebhookEndpoint", argument) or UUID(int=0)


def _event_id(given: strawberry.ID) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        message = "`ids` holds what is no `webhook-id`."
        raise BadInput(message, argument="ids") from None


def _unknown(info: Info) -> WebhookEndpointUnknown:
    return WebhookEndpointUnknown(
        code="WEBHOOK_ENDPOINT_UNKNOWN",
        message="There is no such endpoint.",
        path=["input", "id"],
        hint="`webhookEndpoints` lists yours.",
        request_id=strawberry.ID(info.context.request_id),
    )


def _wrong_state(info: Info, state: EndpointState, to: EndpointState) -> InvalidTransition:
    verifies = to is EndpointState.PENDING
    return InvalidTransition(
        code="INVALID_TRANSITION",
        message=f"The endpoint is {state}.",
        path=["input", "id"],
        hint=None if verifies else "`verifyWebhookEndpoint` challenges it again.",
        request_id=strawberry.ID(info.context.request_id),
        from_=state.value,
        to=to.value,
        allowed=[],
    )


def _refused(
    info: Info, refusal: Refusal
) -> WebhookUrlRefused | WebhookTopicNotGranted | WebhookSelectionRefused:
    told: dict[str, Any] = {"request_id": strawberry.ID(info.context.request_id)}
    match refusal:
        case UrlRefused():
            return WebhookUrlRefused(
                code="WEBHOOK_URL_REFUSED",
                message=refusal.why.value,
                path=["input", "url"],
                hint=URL,
                reason=refusal.problem,
                **told,
            )
        case TopicNotGranted(topic, scope):
            return WebhookTopicNotGranted(
                code="WEBHOOK_TOPIC_NOT_GRANTED",
                message=f"{topic} tells what only {scope} may read.",
                path=["input", "topics"],
                hint="Use a key with that scope in all markets.",
                topic=topic,
                scope=scope,
                **told,
            )
        case SelectionRefused(topic, reason, message):
            return WebhookSelectionRefused(
                code="WEBHOOK_SELECTION_REFUSED",
                message=message,
                path=["input", "selections"],
                hint="Try the document at /graphql with the id of such an object.",
                topic=topic,
                reason=reason,
                **told,
            )

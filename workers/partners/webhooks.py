"""Actors of partners: endpoints are challenged, their owners told, old deliveries forgotten."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import orjson
import structlog

from domain.accounts.wording import language
from domain.partners import signing, wording
from domain.partners.webhooks import CHALLENGE_TOPIC, Fact, Failed, delivered, failure_of
from integrations.http import Outbound, Rejected, Unavailable, Why
from integrations.mail import Mail, Post
from integrations.webhooks import post
from models.accounts.people import told_of_endpoints
from models.base import new_id
from models.jobs import Job
from models.orders import payments
from models.outbox import MAX_FAILURES
from models.partners import endpoints, sending
from models.partners.endpoints import Challenged
from models.vault import Vault
from workers.lease import Lease, job
from workers.runtime import runtime

log = structlog.get_logger()

LONG = timedelta(minutes=15)


@job(Job.CHALLENGE_WEBHOOK)
async def challenge_webhook(lease: Lease, endpoint_id: str) -> None:
    """Ask an endpoint to echo its challenge; that one never does is no fault of ours."""
    at = runtime()
    try:
        await challenge(UUID(endpoint_id), at.webhooks or at.http, at.vault)
    except Unavailable:
        if lease.attempt <= MAX_FAILURES:
            raise


@job(Job.MAIL_WEBHOOK_DISABLED)
async def mail_webhook_disabled(_lease: Lease, endpoint_id: str) -> None:
    """Tell whoever answers for an endpoint that it was disabled."""
    at = runtime()
    site = str(at.values.get("public_url", ""))
    await tell_disabled(UUID(endpoint_id), at.post, site, datetime.now(UTC))


@job(Job.PURGE_WEBHOOKS, time_limit=LONG)
async def purge_webhooks(_lease: Lease) -> None:
    """Forget deliveries, and what providers of payments told us, after 30 days."""
    told = await payments.forget_webhooks(datetime.now(UTC) - payments.WEBHOOKS_KEPT)
    log.info("webhook.purged", rows=await sending.purge(), told=told)


async def challenge(endpoint_id: UUID, http: Outbound, vault: Vault) -> None:
    """Challenge an endpoint that waits for it: who echoes is sent events from now on.

    Raises: Unavailable for an endpoint that did not, to ask it again.
    """
    waiting = await endpoints.to_challenge(endpoint_id, vault)
    if waiting is None:
        return
    problem = await _ask(waiting, http)
    if await endpoints.echoed(endpoint_id, waiting.challenge, problem):
        log.info("webhook.endpoint_active", endpoint_id=str(endpoint_id))
    elif problem is not None and problem is not Failed.REFUSED:
        raise Unavailable(problem.value)


async def _ask(waiting: Challenged, http: Outbound) -> Failed | None:
    message_id = new_id()
    fact = Fact(message_id, CHALLENGE_TOPIC, 1, waiting.at, "WebhookEndpoint", waiting.id)
    body = orjson.dumps(fact.body({"challenge": waiting.challenge}))
    timestamp = int(waiting.at.timestamp())
    headers = signing.headers(waiting.secrets, str(message_id), timestamp, body)
    try:
        replied = await post(http, waiting.url, headers, body)
    except Rejected:
        return Failed.REFUSED
    except Unavailable as error:
        return Failed.TIMEOUT if error.why is Why.TIMEOUT else Failed.UNREACHABLE
    if not delivered(replied.status):
        return failure_of(replied.status)
    return None if _echoes(replied.body, waiting.challenge) else Failed.NOT_ECHOED


def _echoes(answer: bytes, challenge: str) -> bool:
    """Whether an answer is the challenge: as it is, or as `challenge` of a JSON object."""
    text = answer.strip()
    if text == challenge.encode():
        return True
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return said == challenge or (isinstance(said, dict) and said.get("challenge") == challenge)


async def tell_disabled(endpoint_id: UUID, mails: Post, site: str, now: datetime) -> None:
    """Mail who answers for it; nothing where the endpoint works again, or has none.

    Raises: Unavailable, Rejected.
    """
    found = await endpoints.disabled(endpoint_id)
    if found is None or found.disabled_for is None:
        return
    for person in await told_of_endpoints(found.merchant_id, found.organisation_id):
        spoken = language(person.language)
        letter = wording.ENDPOINT_DISABLED[spoken].of(
            url=found.url, why=wording.WHY[spoken][found.disabled_for], site=site
        )
        mail_id = uuid5(endpoint_id, f"{found.disabled_at} {person.id}")
        await mails.send(Mail(mail_id, person.email, letter.subject, letter.text, spoken, now))

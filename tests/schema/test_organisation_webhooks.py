"""Organisations are told by webhook as merchants are, of their own things alone."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from boucle.selections import examiner
from domain.partners.selections import Owner, Selected
from domain.topics import Topic
from models.base import execute, fetch, new_id, transaction
from models.events import Event, emit
from models.partners import fan_out
from models.raas import closing
from resolvers.accounts.house import house
from resolvers.accounts.house import install as move_into
from resolvers.partners import terms
from resolvers.partners.terms import WebhookTerms
from tests import factories, fleets, handover, tenants, webhooks
from tests.schema.asking import OPERATIONS, Json, data, key_of, refusal
from tests.schema.webhook_asks import CREATE, DELETE, LIST, LOG, REPLAY, ROTATE, UPDATE, id_of
from tests.tenants import Company, company
from tests.webhooks import VAULT
from workers.partners.sending import send_due
from workers.partners.webhooks import tell_disabled

OF_COMPANIES = ["lot.awarded", "asset.erased", "certificate.revoked", "settlement.ready"]
SITE = "query($id: ID!) { organisation { name } site(id: $id) { name } }"


@pytest.fixture
async def cobalt(db: None) -> AsyncIterator[Company]:
    before, lived = terms.terms(), house()
    terms.install(WebhookTerms(frozenset({"127.0.0.1:9"}), examiner(OPERATIONS)))
    lived.vault = VAULT
    yield await company("cobalt")
    terms.install(before)
    move_into(lived)


def wanted(**more: Any) -> Json:
    return {
        "url": "https://hooks.example.com/b",
        "topics": OF_COMPANIES,
        "idempotencyKey": "k",
    } | more


async def made(by: Company, **more: Any) -> Json:
    found = (await data(CREATE, by.key, input=wanted(**more)))["createWebhookEndpoint"]
    assert found["__typename"] == "WebhookEndpointCreated", found
    endpoint: Json = found["endpoint"]
    return endpoint


async def told(of: Company, topic: Topic = Topic.LOT_AWARDED) -> Any:
    async with transaction():
        return await emit(Event(topic, None, "Lot", new_id(), 1, organisation_id=of.id))


async def test_events_of_a_company_reach_its_endpoints_and_no_merchant_s_nor_another_s(
    cobalt: Company,
) -> None:
    await factories.world(1, 1)
    merchant, dune = await factories.merchant("amber"), await company("dune")
    async with webhooks.sink() as sink:
        mine = await webhooks.endpoint(Owner(organisation_id=cobalt.id), sink.url("/mine"))
        await webhooks.endpoint(Owner(organisation_id=dune.id), sink.url("/dune"))
        await webhooks.endpoint(merchant.id, sink.url("/merchant"))
        event = await told(cobalt)
        await webhooks.happen(merchant.id, 1)
        assert (await fan_out.fan_out()).made == 2
        async with webhooks.sender(sink.place) as sender:
            assert await send_due(sender) == 2

    assert sink.ids("/mine") == [str(event)]
    assert sink.ids("/dune") == []
    assert len(sink.ids("/merchant")) == 1
    log = (await data(LOG, cobalt.auditor))["webhookDeliveries"]["edges"]
    assert [each["node"]["endpointId"] for each in log] == [id_of("WebhookEndpoint", mine)]
    assert (await data(LOG, dune.auditor))["webhookDeliveries"]["edges"] == []


async def test_a_company_arranges_its_endpoints_with_its_key_and_its_auditor_only_reads(
    cobalt: Company,
) -> None:
    dune = await company("dune")
    endpoint = await made(cobalt)
    given = {"id": endpoint["id"], "idempotencyKey": "1"}
    assert [e["node"]["id"] for e in (await data(LIST, cobalt.auditor))["webhookEndpoints"]["edges"]
            ] == [endpoint["id"]]  # fmt: skip
    assert (await data(LIST, dune.key))["webhookEndpoints"]["edges"] == []
    for by in (dune.key, dune.admin):
        changed = await data(UPDATE, by, input={**given, "topics": ["asset.erased"]})
        assert changed["updateWebhookEndpoint"]["code"] == "WEBHOOK_ENDPOINT_UNKNOWN"
    for query in (UPDATE, ROTATE, DELETE):
        found = await refusal(query, cobalt.auditor, input=given)
        assert found["reason"] == "SCOPE_NOT_GRANTED"
    rotated = (await data(ROTATE, cobalt.key, input=given))["rotateWebhookSecret"]
    assert rotated["secret"].startswith("whsec_")
    gone = await data(DELETE, cobalt.key, input={**given, "idempotencyKey": "2"})
    assert gone["deleteWebhookEndpoint"]["__typename"] == "WebhookEndpointDeleted"
    rows = await fetch(
        "SELECT action FROM audit_log WHERE organisation_id = $1 ORDER BY n", cobalt.id
    )
    assert [row["action"] for row in rows] == [
        "createWebhookEndpoint", "rotateWebhookSecret", "deleteWebhookEndpoint",
    ]  # fmt: skip


@pytest.mark.parametrize(("topic", "scope"), [("order.created", "orders:read"),
                                              ("settlement.ready", "finance:read")])  # fmt: skip
async def test_a_topic_needs_the_scope_that_reads_it(
    cobalt: Company, topic: str, scope: str
) -> None:
    scopes = ("webhooks:read", "webhooks:write", "lots:read")
    key = tenants.key_of_company(cobalt.organisation, *scopes)
    found = (await data(CREATE, key, input=wanted(topics=[topic])))["createWebhookEndpoint"]

    assert (found["code"], found["scope"]) == ("WEBHOOK_TOPIC_NOT_GRANTED", scope)


async def test_what_happened_is_told_again_by_replay(cobalt: Company) -> None:
    endpoint = await made(cobalt)
    await execute("UPDATE webhook_endpoint SET state = 'ACTIVE', verified_at = now()")
    dune = await company("dune")
    for _ in range(3):
        await told(cobalt)
    await told(dune)
    given = {"endpoint": endpoint["id"], "since": "2020-01-01T00:00:00Z", "idempotencyKey": "r"}
    found = (await data(REPLAY, cobalt.key, input=given))["replayWebhooks"]

    assert found["deliveries"] == 3
    owners = await fetch("SELECT DISTINCT owner_id FROM webhook_delivery")
    assert [row["owner_id"] for row in owners] == [cobalt.id]


async def test_a_selection_of_a_company_runs_with_its_own_rights(cobalt: Company) -> None:
    endpoint = await made(cobalt, selections=[{"topic": "lot.awarded", "document": SITE}])
    assert "members:read" in endpoint["scopes"]
    merchants = "query($id: ID!) { feedRun(id: $id) { id } }"
    refused = (await data(
        CREATE, cobalt.key,
        input=wanted(idempotencyKey="2", selections=[{"topic": "lot.awarded",
                                                      "document": merchants}]),
    ))["createWebhookEndpoint"]  # fmt: skip
    assert refused["code"] == "WEBHOOK_SELECTION_REFUSED"
    await execute("UPDATE webhook_endpoint SET state = 'ACTIVE', verified_at = now()")
    asked: list[Any] = []

    async def select(*given: Any) -> Selected:
        asked.append(given)
        return Selected({"n": 1})

    async with webhooks.sink() as sink:
        await execute("UPDATE webhook_endpoint SET url = $1", sink.url())
        await told(cobalt)
        await fan_out.fan_out()
        async with webhooks.sender(sink.place, select=select) as sender:
            await send_due(sender)
    assert asked[0][0] == Owner(organisation_id=cobalt.id)
    assert sink.got[0].said["payload"] == {"n": 1}


async def test_its_administrators_are_told_when_an_endpoint_is_disabled(cobalt: Company) -> None:
    endpoint = await webhooks.endpoint(Owner(organisation_id=cobalt.id), "https://a.example/")
    await execute(
        "UPDATE webhook_endpoint SET state = 'DISABLED', disabled_for = 'GONE', disabled_at = now()"
    )
    letters: list[Any] = []

    class Box:
        async def send(self, mail: Any) -> None:
            letters.append(mail)

    await tell_disabled(endpoint, Box(), "https://shop.example", factories.NOW)

    assert [mail.to for mail in letters] == ["org_admin@cobalt.example"]


async def test_what_becomes_of_a_lot_reaches_the_endpoint_of_its_organisation(
    cobalt: Company,
) -> None:
    """An award, the data of each device, the statement: made by what makes them, and sent."""
    (item,) = await factories.world(1, 1)
    await handover.phones_hold_data()
    merchant = await fleets.bidder("amber", 7000)
    lot = await fleets.publish(cobalt.admin, await fleets.fleet(cobalt.id, 1))
    await fleets.bid(lot, merchant, "500.00")
    await fleets.pass_deadline(fleets.row_of(lot))
    await closing.close(fleets.row_of(lot), house().vault)
    async with webhooks.sink() as sink:
        await webhooks.endpoint(Owner(organisation_id=cobalt.id), sink.url("/mine"))
        await execute("UPDATE webhook_endpoint SET verified_at = now() - interval '1 day'")
        await fleets.ask(fleets.AWARD, cobalt.admin, lotId=lot["id"])
        of = await handover.contracted(merchant, item, cobalt.organisation, devices=1)
        await handover.travelled(of)
        await handover.counted(of)
        await handover.processed(of)
        await handover.ask(handover.ISSUE, handover.shop(of), lotId=of.id)
        await fan_out.fan_out()
        async with webhooks.sender(sink.place) as sender:
            await send_due(sender)

    topics = Counter(got.said["topic"] for got in sink.got if got.path == "/mine")
    assert {topic: topics[topic] for topic in OF_COMPANIES if topic in topics} == {
        "lot.awarded": 1, "asset.erased": 1, "settlement.ready": 1,
    }  # fmt: skip


async def test_a_merchant_asks_to_be_told_of_its_certificates_and_devices(cobalt: Company) -> None:
    await factories.world(1, 1)
    merchant = await factories.merchant("amber")
    topics = ["certificate.revoked", "asset.erased"]
    key = key_of(merchant, "webhooks:write", "webhooks:read", "orders:read", "lots:read")
    found = (await data(CREATE, key, input=wanted(topics=topics)))["createWebhookEndpoint"]
    assert found["__typename"] == "WebhookEndpointCreated"
    poor = key_of(merchant, "webhooks:write", "webhooks:read", "lots:read")
    given = wanted(topics=topics, idempotencyKey="2")
    refused = (await data(CREATE, poor, input=given))["createWebhookEndpoint"]
    assert (refused["code"], refused["scope"]) == ("WEBHOOK_TOPIC_NOT_GRANTED", "orders:read")

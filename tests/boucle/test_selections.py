"""What a partner selected is run as the API would run it for the partner, and no further."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from boucle.selections import selections
from boucle.settings import Settings
from domain.partners.selections import Owner, Select, Selected
from models.base import execute
from models.merchants import Merchant
from models.partners import fan_out
from tests import factories, webhooks
from tests.schema.webhook_asks import RUN, id_of
from workers.partners.sending import send_due

EVENT = (
    "INSERT INTO event (merchant_id, topic, object_type, object_id, version) "
    "VALUES ($1, 'feed.held', 'FeedRun', $2, 1)"
)


@pytest.fixture
async def owner(fresh_db: str) -> Merchant:
    await factories.world(1, 1)
    return await factories.merchant("amber")


@pytest.fixture
async def select(owner: Merchant, database_url: str) -> AsyncIterator[Select]:
    settings = {"DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:9/0"}
    async with selections(Settings.load(settings)) as run:
        yield run


async def test_a_payload_is_what_its_maker_may_read_of_the_object_of_the_event(
    owner: Merchant, select: Select
) -> None:
    run = await factories.queued(await factories.feed(owner))
    other = await factories.merchant("birch")
    foreign = await factories.queued(await factories.feed(other))
    async with webhooks.sink() as sink:
        hook = await webhooks.endpoint(
            owner.id, sink.url(), selections={"feed.held": RUN}, scopes=["feeds:read"]
        )
        for each in (run, foreign):
            await execute(EVENT, owner.id, each.id)
        await fan_out.fan_out()
        async with webhooks.sender(sink.place, select=select) as sender:
            assert await send_due(sender) == 2
            await execute("UPDATE webhook_endpoint SET scopes = '{webhooks:read}'")
            await execute(EVENT, owner.id, run.id)
            await fan_out.fan_out()
            assert await send_due(sender) == 1

    found = {got.said["object"]["id"]: got.said for got in sink.got[:2]}
    assert found[id_of("FeedRun", run.id)]["payload"] == {
        "feedRun": {"id": id_of("FeedRun", run.id), "state": "QUEUED", "linesRead": 0}
    }
    assert found[id_of("FeedRun", foreign.id)]["payload"] == {"feedRun": None}
    assert sink.got[2].said["payloadError"] == {"code": "SCOPE_NOT_GRANTED"}
    assert await webhooks.states(hook) == {"DELIVERED": 3}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("query($id: ID!) { node(id: $id) { id } }", "BAD_USER_INPUT"),
        ("query($id: ID!) { market(code: $id) { code } }", "INVALID_DOCUMENT"),
        ("mutation($id: ID!) { signOut { __typename } }", "INVALID_DOCUMENT"),
    ],
)
async def test_one_that_cannot_run_any_more_is_a_code(
    owner: Merchant, select: Select, document: str, problem: str
) -> None:
    """Stored long ago, under another schema: nothing of it runs."""
    found: Any = await select(Owner(owner.id), ["feeds:read"], document, "what is no id")

    assert found == Selected(problem=problem)

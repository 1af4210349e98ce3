"""A merchant, a counterpart and a sender."""

from collections.abc import AsyncIterator

import pytest

from models.merchants import Merchant
from tests import factories, webhooks
from tests.webhooks import Sink
from workers.partners.sending import Sender


@pytest.fixture
async def owner(fresh_db: str) -> Merchant:
    await factories.world(1, 1)
    return await factories.merchant("amber")


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with webhooks.sink() as made:
        yield made


@pytest.fixture
async def sender(sink: Sink) -> AsyncIterator[Sender]:
    async with webhooks.sender(sink.place) as made:
        yield made

"""The marketplace's own schema through both engines, over one shop, at one moment.

PROOF_COUNT and PROOF_SEED are set by `make proof`; each run of a document is rolled back.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from tortoise.transactions import in_transaction

from models.merchants import Merchant
from resolvers.context import ANONYMOUS, Context
from schema.root import schema
from tests.graphql.engines import compiled
from tests.graphql.proof import Field, Tally, proved
from tests.schema import shop
from tests.schema.asking import key_of
from tests.schema.known import Known, known

COUNT = int(os.environ.get("PROOF_COUNT") or "50")
SEED = int(os.environ.get("PROOF_SEED") or "1")
MOMENT = datetime(2030, 6, 1, 12, tzinfo=UTC)
SCOPES = ("feeds:read", "feeds:write", "offers:read")
ENGINE = compiled


@asynccontextmanager
async def _undone() -> AsyncGenerator[None]:
    """A run whose siblings of a failed field have ended before it is rolled back."""
    before = asyncio.all_tasks()
    async with in_transaction() as transaction:
        yield
        if running := asyncio.all_tasks() - before:
            await asyncio.wait(running, timeout=10)
        await transaction.rollback()


@pytest.fixture
async def shopping(db: None) -> Known:
    """What exists in a small shop."""
    await shop.many(4)
    return {**await known(), "first": [1, 2, 24], "after": [None]}  # type: ignore[list-item]


@pytest.mark.timeout(60 + COUNT)
@pytest.mark.parametrize("role", ["anonymous", "merchant"])
async def test_the_marketplace_answers_as_graphql_core_would(shopping: Known, role: str) -> None:
    owner = await Merchant.get(slug="amber")
    caller = ANONYMOUS if role == "anonymous" else key_of(owner, *SCOPES)
    about = Field(
        schema,
        lambda _seed: Context(caller, "request", now=MOMENT),
        known=shopping,
        around=_undone,
        settings={"kinds": ("query",) * 6 + ("mutation",)},
    )

    tally = await proved(about, ENGINE, SEED, COUNT)

    _told(role, tally)
    assert not tally.failures, "\n\n".join(tally.failures)
    assert tally.features["answer whole"] > COUNT / 10, tally.table()


def _told(role: str, tally: Tally) -> None:
    if "PROOF_COUNT" in os.environ:
        print(f"the marketplace's schema, {role}: {tally.table()}")  # noqa: T201

"""A merchant and its program; a module may have an owner of its own."""

import pytest

from models.merchants import Merchant
from tests import factories
from tests.schema.asking import key_of
from tests.schema.desk import SCOPES, Desk


@pytest.fixture
async def owner(db: None) -> Merchant:
    await factories.world(1, 1)
    return await factories.merchant(markets=("DE", "FR"))


@pytest.fixture
def desk(owner: Merchant) -> Desk:
    return Desk(key_of(owner, *SCOPES))

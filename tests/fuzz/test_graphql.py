"""Generated documents for every root field as every role: answered, and without a fault of ours.

FUZZ_EXAMPLES sets how many documents each field gets from each role; `make fuzz CASES=10000` shares
so many among the fields.
"""

import os
from collections.abc import AsyncGenerator

import pytest

from tests.fuzz import cases
from tests.fuzz.cases import ROOTS, Asking, Role

CASES_OF_A_ROLE = int(os.environ.get("FUZZ_CASES") or "0")
EXAMPLES = -(-CASES_OF_A_ROLE // len(ROOTS)) or int(os.environ.get("FUZZ_EXAMPLES") or "20")


@pytest.fixture(scope="module")
async def asking(migrated: None, database_url: str) -> AsyncGenerator[Asking]:
    """A small shop for all the tests of this module; each undoes what it wrote."""
    async for shop in cases.shops(database_url):
        yield shop


@pytest.fixture
async def caller(asking: Asking, request: pytest.FixtureRequest) -> Asking:
    """The shop as the test's role asks it."""
    return await cases.as_role(asking, request.node.callspec.params["role"])


MANY = cases.examples(EXAMPLES)
test_every_document_of_a_visitor_is_answered_without_a_fault = cases.fuzzed_as(Role.ANONYMOUS, MANY)
test_every_document_of_a_customer_is_answered_without_a_fault = cases.fuzzed_as(Role.CUSTOMER, MANY)
test_every_document_of_a_merchant_is_answered_without_a_fault = cases.fuzzed_as(Role.MERCHANT, MANY)
test_every_document_of_an_organisation_is_answered_without_a_fault = cases.fuzzed_as(
    Role.ORGANISATION, MANY
)

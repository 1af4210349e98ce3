"""A few generated documents for every root field as every role, with each run of the tests.

`make fuzz` runs many; what is drawn here is the same each time.
"""

from collections.abc import AsyncGenerator

import pytest
from hypothesis import settings

from tests.fuzz import cases
from tests.fuzz.cases import Asking, Role, steered

EXAMPLES = 5


@pytest.fixture(scope="module")
async def asking(migrated: None, database_url: str) -> AsyncGenerator[Asking]:
    """A small shop for all the tests of this module; each undoes what it wrote."""
    async for shop in cases.shops(database_url):
        yield shop


@pytest.fixture
async def caller(asking: Asking, request: pytest.FixtureRequest) -> Asking:
    """The shop as the test's role asks it."""
    return await cases.as_role(asking, request.node.callspec.params["role"])


MANY = settings(cases.examples(EXAMPLES), derandomize=True)
test_every_root_field_answers_a_visitor_without_a_fault = cases.fuzzed_as(Role.ANONYMOUS, MANY)
test_every_root_field_answers_a_customer_without_a_fault = cases.fuzzed_as(Role.CUSTOMER, MANY)
test_every_root_field_answers_a_merchant_without_a_fault = cases.fuzzed_as(Role.MERCHANT, MANY)
test_every_root_field_answers_an_organisation_without_a_fault = cases.fuzzed_as(
    Role.ORGANISATION, MANY
)


async def test_a_steered_document_reaches_the_use_case(asking: Asking) -> None:
    generated = (
        '{listing(market: "\\u0001x" slug: "", gtin: null)'
        '{offers(first: -3 after: ""){edges{cursor}}}}'
    )

    _, response = await asking.asked(generated, 0)

    assert len(response.json()["data"]["listing"]["offers"]["edges"]) == 1


def test_steering_changes_nothing_that_is_not_known() -> None:
    generated = '{product(slug: "a", key: "b"){name(locale: "c")}}'

    assert steered(generated, {"key": ["k"]}, 1) == generated.replace('"b"', '"k"')


def test_every_scalar_of_the_schema_can_be_generated() -> None:
    assert cases.scalars_without_strategy() == []


def test_every_root_field_is_asked_as_every_role() -> None:
    asked = {
        case.values
        for each in globals().values()
        for mark in getattr(each, "pytestmark", ())
        if mark.name == "parametrize"
        for case in mark.args[1]
    }
    assert asked == {(role, *root) for role in Role for root in cases.ROOTS}

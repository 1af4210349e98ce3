"""A few generated documents for every root field as every role, with each run of the tests.

`make fuzz` runs many; what is drawn here is the same each time.
"""

from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import cases
from tests.fuzz.cases import CASES, Asking, Role, steered

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


@pytest.mark.parametrize(("role", "root", "name"), CASES)
@settings(cases.examples(EXAMPLES), derandomize=True)
@given(data=st.data())
async def test_every_root_field_is_answered_without_a_fault(
    caller: Asking, role: Role, root: str, name: str, data: st.DataObject
) -> None:
    await cases.fuzzed(caller, root, name, data)


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


@pytest.mark.parametrize("role", Role)
def test_every_root_field_is_asked_as_every_role(role: Role) -> None:
    assert {case.id for case in CASES} >= {f"{role}-{name}" for _, name in cases.ROOTS}

"""Compiled plans answer as graphql-core does, whatever is asked and whatever the resolvers do.

The long run is `make proof COUNT=20000 SEED=1`.
"""

import asyncio

import pytest
import strawberry
from graphql import parse

from tests.graphql.documents import Made, Valid
from tests.graphql.engines import compiled
from tests.graphql.nasty import World
from tests.graphql.nasty.shapes import Animal, Cat, Disguised
from tests.graphql.proof import CONFIGURED, HANDLED, NASTY, OUTCOMES, Field, proved, verdict

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ENGINE = compiled
RUNS = [
    pytest.param(NASTY, 1, 200, OUTCOMES, id="nasty-1"),
    pytest.param(NASTY, 2, 200, OUTCOMES, id="nasty-2"),
    pytest.param(NASTY, 3, 200, OUTCOMES, id="nasty-3"),
    pytest.param(NASTY, 4, 200, OUTCOMES, id="nasty-4"),
    pytest.param(HANDLED, 1, 100, ("error", "null propagated"), id="handlers"),
    pytest.param(CONFIGURED, 1, 100, ("error", "null propagated"), id="settings"),
]


@pytest.mark.parametrize(("about", "seed", "number", "outcomes"), RUNS)
async def test_every_answer_is_the_one_of_graphql_core(
    about: Field, seed: int, number: int, outcomes: tuple[str, ...]
) -> None:
    tally = await proved(about, ENGINE, seed, number)

    assert not tally.failures, "\n\n".join(tally.failures)
    assert not tally.missing(outcomes)
    assert tally.not_run.total() <= tally.answers / 5, tally.table()


async def test_no_task_is_left_when_an_answer_is_given() -> None:
    before = asyncio.all_tasks()
    await proved(NASTY, ENGINE, 5, 40)

    for _ in range(20):  # what was cancelled or let run out ends by itself
        await asyncio.sleep(0)

    assert asyncio.all_tasks() == before


@strawberry.type(name="Query")
class LiarQuery:
    """Answers with an object that lies about its class, as lazy proxies do."""

    @strawberry.field
    def disguised(self) -> Animal | None:
        return Disguised()  # type: ignore[return-value]


async def test_an_object_that_lies_about_its_class_is_taken_for_what_it_is() -> None:
    made = Made("{ disguised { __typename } }", None, ({},), frozenset())
    about = Field(strawberry.Schema(LiarQuery, types=[Cat]), World)

    found = await verdict(about, Valid(1, made, parse(made.text)), ENGINE)

    assert [each.differences for each in found] == [[]]


async def test_an_input_that_refuses_its_values_is_an_error_of_the_field() -> None:
    text = "{ asked { checkedToo(checked: {low: 5, high: 1}) } }"
    asked = Valid(1, Made(text, None, ({},), frozenset()), parse(text))

    found = await verdict(NASTY, asked, ENGINE)

    assert [each.differences for each in found] == [[]]

"""The comparison sees: engines that are wrong on purpose are found out, the right one is not."""

from functools import cache
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, parse

from tests.graphql import wrong
from tests.graphql.comparison import exact, told
from tests.graphql.documents import FEATURES, Made, Maker, Valid, Yield, valid
from tests.graphql.engines import Answer, Executor, Question, engine, possible, reference
from tests.graphql.nasty import World, schema
from tests.graphql.nasty.chance import Fault
from tests.graphql.proof import NASTY, Field, proved, reported, verdict

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@cache
def some() -> list[Valid]:
    """Documents for all the wrong engines."""
    return list(NASTY.valid(77, 150))


@pytest.mark.parametrize("executor", wrong.EXECUTORS, ids=lambda executor: executor.__name__)
async def test_a_wrong_executor_is_found_out(executor: type[Executor]) -> None:
    for asked in some():
        if any(each.differences for each in await verdict(NASTY, asked, engine(executor))):
            return
    pytest.fail("no document told the wrong executor from the right one")


@pytest.mark.parametrize("change", wrong.CHANGES, ids=lambda change: change.__name__)
async def test_every_changed_answer_is_found_out(change: wrong.Change) -> None:
    applied: list[bool] = []

    def noting(answer: Answer) -> Answer | None:
        found = change(answer)
        applied.append(found is not None)
        return found

    for asked in some()[:50]:
        applied.clear()
        found = await verdict(NASTY, asked, wrong.changed(noting))
        assert [bool(each.differences) for each in found] == applied, asked.made.text
    found_any = [a for asked in some()[:50] for a in await _applies(change, asked)]
    assert any(found_any)


async def _applies(change: wrong.Change, asked: Valid) -> list[bool]:
    return [change(each.expected) is not None for each in await verdict(NASTY, asked, reference)]


async def test_an_engine_differs_from_itself_in_nothing() -> None:
    tally = await proved(NASTY, reference, 9, 100)

    assert (tally.failures, tally.freed, tally.answers) == ([], 0, 300)


@strawberry.type
class Siblings:
    """Two that may not be null and fail, and one that may."""

    @strawberry.field
    async def first(self) -> int:
        raise Fault("first")

    @strawberry.field
    async def second(self) -> int:
        raise Fault("second")

    @strawberry.field
    async def free(self) -> int | None:
        raise Fault("free")


@strawberry.type
class Query:
    """Holds the siblings, and may do without."""

    @strawberry.field
    def siblings(self) -> Siblings | None:
        return Siblings()


SIBLINGS = Field(strawberry.Schema(Query), World)


@pytest.mark.parametrize(
    ("told_of", "allowed"),
    [("first", True), ("second", True), ("first second", True), ("first free", True),
     ("free", False), ("", False), ("first first", False), ("second other", False)],
)  # fmt: skip
async def test_where_a_null_went_up_only_errors_that_a_field_finds_may_be_told(
    told_of: str, allowed: bool
) -> None:
    asked = _asked("{ siblings { first second free } }")

    async def other(schema: Any, question: Question, root: Any, context: Any) -> Answer:
        may = {e.path[-1]: e for e in (await possible(schema, question, root, context)).errors}
        may["other"] = GraphQLError("other", may["first"].nodes, path=["siblings", "first"])
        return Answer({"siblings": None}, [may[name] for name in told_of.split()])

    found = await verdict(SIBLINGS, asked, other)

    assert (not any(each.differences for each in found)) is allowed


async def test_a_failing_document_is_told_as_the_smallest_that_fails() -> None:
    asked = _asked("{ about { path names } asked { none } }")

    told_so = await reported(NASTY, asked, wrong.changed(_no_path))

    assert "{\n  about {\n    names\n  }\n}" in told_so


def _no_path(answer: Answer) -> Answer | None:
    return Answer({**answer.data, "about": None}, []) if "about" in answer.data else None


def _asked(text: str) -> Valid:
    return Valid(3, Made(text, None, ({},) * 3, frozenset()), parse(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [(True, 1), (1, 1.0), (None, False), ("1", 1), ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ([], {})],
)
def test_what_a_client_can_tell_apart_is_told_apart(one: object, other: object) -> None:
    assert told(one) != told(other)


def test_what_a_client_cannot_tell_apart_is_the_same() -> None:
    class Text(str):
        """A kind of text."""

    assert told([Text("a"), (1, 2)]) == told(["a", [1, 2]])


def test_nearly_every_document_is_valid_and_the_same_seed_makes_the_same() -> None:
    tally = Yield()
    texts = [each.made.text for each in valid(schema._schema, 5, 60, tally=tally)]

    assert texts == [each.made.text for each in valid(schema._schema, 5, 60)]
    assert tally.valid / tally.made > 0.9


def test_a_thousand_documents_have_every_feature() -> None:
    settings = NASTY.settings
    made = [Maker(schema._schema, seed, **settings).make() for seed in range(1000)]

    assert set(FEATURES) == set().union(*(each.features for each in made))


def test_the_errors_of_the_wrong_engines_are_errors() -> None:
    assert isinstance(wrong.message(Answer(None, [GraphQLError("a")])).errors[0], GraphQLError)


def test_an_address_in_a_message_is_not_compared_and_the_object_is() -> None:
    def answer(text: str) -> Answer:
        return Answer(None, [GraphQLError(text)])

    first = answer("Expected 'None', got '<coroutine object after at 0x7fb747074c80>'")

    assert (
        exact(first, answer("Expected 'None', got '<coroutine object after at 0x7fb7471290e0>'"))
        == []
    )
    assert exact(first, answer("Expected 'None', got '<coroutine object later at 0x7fb747074c80>'"))

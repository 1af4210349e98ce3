"""What keys ask for is counted by the hour, and a request waits for none of it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import pytest

from boucle.edge.body import Asked
from boucle.edge.operations import Operations
from boucle.edge.usage import MOST_KEPT, Usage
from domain.accounts.roles import CallerKind
from models.accounts.usage import Counted
from resolvers.context import Caller
from schema.root import schema
from tests import factories

OWNER = factories.some_id()
PAID = {"data": {}, "extensions": {"cost": {"actual": 2.5}}}


def of_key(prefix: str = "k") -> Caller:
    return Caller(kind=CallerKind.MERCHANT, merchant_id=OWNER, key_prefix=prefix)


class Written:
    """Takes what is written, unless the database is away."""

    def __init__(self) -> None:
        self.rows: list[Counted] = []
        self.away = False

    async def add(self, rows: Sequence[Counted]) -> None:
        if self.away:
            raise ConnectionError
        self.rows += rows

    def sums(self) -> list[tuple[Any, ...]]:
        return [
            (c.counts.key_prefix, c.counts.requests, c.counts.points, c.counts.refused,
             c.counts.errors)
            for c in self.rows
        ]  # fmt: skip


async def test_answers_refusals_and_errors_of_an_hour_are_one_row_of_their_key() -> None:
    written, now = Written(), [7_199.0]
    usage = Usage(written.add, clock=lambda: now[0])
    for body in (PAID, PAID, {"errors": [{}], **PAID}):
        usage.note(of_key(), HTTPStatus.OK, body)
    usage.note(of_key(), HTTPStatus.TOO_MANY_REQUESTS, {"errors": [{}]})
    usage.note(of_key(), HTTPStatus.BAD_REQUEST, {"errors": [{}]})
    usage.note(Caller(), HTTPStatus.OK, PAID)
    now[0] = 7_200.0
    usage.note(of_key(), HTTPStatus.OK, PAID)

    assert await usage.flush() == 2
    assert written.sums() == [("k", 5, 7.5, 1, 2), ("k", 1, 2.5, 0, 0)]
    assert [c.counts.hour.hour for c in written.rows] == [1, 2]
    assert {c.merchant_id for c in written.rows} == {OWNER}
    assert await usage.flush() == 0


async def test_what_was_counted_while_the_database_was_away_is_written_later() -> None:
    written = Written()
    usage = Usage(written.add, clock=lambda: 0.0)
    written.away = True
    usage.note(of_key(), HTTPStatus.OK, PAID)
    assert await usage.flush() == 0
    usage.note(of_key(), HTTPStatus.OK, PAID)
    written.away = False

    assert await usage.flush() == 1
    assert written.sums() == [("k", 2, 5.0, 0, 0)]


@pytest.mark.parametrize("more", [0, 5])
async def test_a_process_keeps_no_more_than_it_may(more: int) -> None:
    written = Written()
    usage = Usage(written.add, clock=lambda: 0.0)
    for number in range(MOST_KEPT + more):
        usage.note(of_key(str(number)), HTTPStatus.OK, PAID)

    assert await usage.flush() == MOST_KEPT


async def test_closing_writes_what_is_left() -> None:
    written = Written()
    usage = Usage(written.add, seconds=60)
    usage.start()
    usage.note(of_key(), HTTPStatus.OK, PAID)

    await usage.aclose()

    assert len(written.rows) == 1


async def test_a_request_of_a_key_is_counted_by_its_answer_and_a_visitors_is_not(db: None) -> None:
    written = Written()
    operations = Operations(schema)
    operations.usage = Usage(written.add, clock=lambda: 0.0)

    async def who() -> Caller:
        return of_key()

    async def visitor() -> Caller:
        return Caller()

    for query in ("{version}", "{feeds{id}}", "{nonsense}"):
        await operations.run(Asked(query, None, None, None), who)
        await operations.run(Asked(query, None, None, None), visitor)
    await operations.usage.flush()

    assert [(c.counts.requests, c.counts.errors) for c in written.rows] == [(3, 2)]

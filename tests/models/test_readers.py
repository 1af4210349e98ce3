"""Connections kept at hand for single statements: never more than allowed, none lost."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from models.readers import Readers


@dataclass(eq=False)
class Connection:
    closed: bool = False

    def is_closed(self) -> bool:
        return self.closed


@dataclass
class Pool:
    out: set[Connection] = field(default_factory=set)
    most: int = 0

    async def acquire(self) -> Connection:
        await asyncio.sleep(0)
        made = Connection()
        self.out.add(made)
        self.most = max(self.most, len(self.out))
        return made

    async def release(self, raw: Connection) -> None:
        self.out.remove(raw)


def readers_of(pool: Pool, most: int) -> Readers:
    async def opened() -> Any:
        return pool

    return Readers(opened, most)


async def test_all_who_wait_are_served_by_no_more_connections_than_allowed() -> None:
    pool, used = Pool(), []
    readers = readers_of(pool, 3)

    async def statement(raw: Connection) -> int:
        assert raw not in used
        used.append(raw)
        await asyncio.sleep(0)
        used.remove(raw)
        return len(pool.out)

    found = await asyncio.gather(*(readers.run(statement) for _ in range(40)))
    assert (len(found), pool.most) == (40, 3)
    await readers.aclose()
    assert pool.out == set()


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError], ids=["fails", "cancelled"])
async def test_a_connection_whose_statement_ends_badly_goes_back_to_the_pool(
    error: type[BaseException],
) -> None:
    pool = Pool()
    readers = readers_of(pool, 1)

    async def bad(_raw: Connection) -> None:
        raise error

    async def good(_raw: Connection) -> str:
        return "read"

    for _ in range(3):
        with pytest.raises(error):
            await readers.run(bad)
    assert pool.out == set()
    assert await readers.run(good) == "read"


async def test_who_gives_up_waiting_takes_nothing_from_those_behind() -> None:
    pool, may_end = Pool(), asyncio.Event()
    readers = readers_of(pool, 1)

    async def slow(_raw: Connection) -> None:
        await may_end.wait()

    first, second, third = (asyncio.create_task(readers.run(slow)) for _ in range(3))
    for _ in range(5):
        await asyncio.sleep(0)
    second.cancel()
    may_end.set()
    await asyncio.wait_for(asyncio.gather(first, third), 1)
    assert second.cancelled() or second.cancelling()


async def test_a_connection_that_was_closed_is_not_used_again() -> None:
    pool = Pool()
    readers = readers_of(pool, 1)

    async def which(raw: Connection) -> Connection:
        return raw

    first = await readers.run(which)
    assert await readers.run(which) is first
    first.closed = True
    assert await readers.run(which) is not first
    assert first not in pool.out

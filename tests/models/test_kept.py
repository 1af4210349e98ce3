"""Small tables kept in the process: for as long as is said, and not at all elsewhere."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from models.kept import Kept, keep_for


class Table:
    """Counts its reads; each gives another row."""

    def __init__(self) -> None:
        self.reads = 0

    async def read(self) -> int:
        self.reads += 1
        await asyncio.sleep(0)
        return self.reads


@pytest.fixture(autouse=True)
def _nothing_is_kept_after() -> Iterator[None]:
    yield
    keep_for(0)


async def test_a_process_that_does_not_serve_reads_each_time() -> None:
    kept = Kept(Table().read)

    assert [await kept.get(), await kept.get()] == [1, 2]
    assert kept.now() is None


async def test_what_is_kept_is_read_once_until_it_is_too_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)
    keep_for(1.0)
    kept = Kept(Table().read)

    assert [await kept.get(), await kept.get(), kept.now()] == [1, 1, 1]
    moment = 100.99
    assert kept.now() == 1
    moment = 101.0
    assert kept.now() is None
    assert await kept.get() == 2


async def test_all_who_ask_while_it_is_read_share_one_read() -> None:
    keep_for(60)
    table = Table()
    kept = Kept(table.read)

    assert await asyncio.gather(*(kept.get() for _ in range(10))) == [1] * 10
    assert table.reads == 1


async def test_a_read_that_fails_keeps_nothing_and_lets_the_next_one_try() -> None:
    keep_for(60)
    answers = iter([OSError("away"), None])

    async def read() -> str:
        if (problem := next(answers)) is not None:
            raise problem
        return "row"

    kept = Kept(read)
    with pytest.raises(OSError, match="away"):
        await kept.get()

    assert kept.now() is None
    assert await kept.get() == "row"

"""What a process keeps of small tables is as young as it promises."""

from collections.abc import Iterator

import pytest

from models import kept
from models.kept import Kept, KeptBy, forget, keep_for


@pytest.fixture(autouse=True)
def serving() -> Iterator[None]:
    keep_for(1)
    yield
    keep_for(0)


async def test_what_is_being_read_while_it_is_announced_to_change_is_not_kept() -> None:
    reads = []

    async def read() -> int:
        reads.append(1)
        if len(reads) == 1:
            forget()  # the announcement comes between the statement and its answer
        return len(reads)

    table = Kept(read)

    assert [await table.get() for _ in range(3)] == [1, 2, 2]


async def test_what_is_kept_by_a_key_is_read_again_after_an_announcement_and_after_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, reads = [100.0], []
    monkeypatch.setattr(kept.time, "monotonic", lambda: now[0])

    async def read(key: str) -> int:
        reads.append(key)
        return len(reads)

    words = KeptBy(read, most=2)

    assert [await words.get("a"), await words.get("a"), await words.get("b")] == [1, 1, 2]
    forget()
    assert [await words.get("a"), await words.get("a")] == [3, 3]
    now[0] += 61
    assert await words.get("a") == 4
    await words.get("c")
    await words.get("d")  # and "a" is gone: two are kept
    assert await words.get("a") == 7


async def test_nothing_is_kept_where_nobody_serves() -> None:
    keep_for(0)
    reads = []

    async def read(key: str) -> int:
        reads.append(key)
        return len(reads)

    words = KeptBy(read)

    assert [await words.get("a"), await words.get("a")] == [1, 2]

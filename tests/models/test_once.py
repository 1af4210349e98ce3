"""One idempotency key has one effect, however many calls carry it."""

import asyncio

from models import once
from models.base import execute, fetchval, transaction

ASKED = once.digest("push", {"a": 1, "b": [2, None]})


async def _effect(asked: bytes = ASKED, *, fail: bool = False) -> dict[str, object] | str:
    async with transaction():
        match await once.ask("m", "k", asked):
            case once.AnsweredBefore(outcome):
                return outcome
            case once.KeyReused():
                return "reused"
            case None:
                await execute(
                    "INSERT INTO stored_file (id, merchant_id, name, sha256, bytes) "
                    "VALUES (gen_random_uuid(), gen_random_uuid(), 'effect', '', 0)"
                )
                await asyncio.sleep(0.05)
                if fail:
                    raise ConnectionError
                answer = {"run_id": "r-1", "queued": True}
                await once.answer("m", "k", answer)
                return answer


async def test_concurrent_calls_have_one_effect_and_equal_answers(
    migrated: None, fresh_db: str
) -> None:
    answers = await asyncio.gather(*(_effect() for _ in range(8)))

    assert answers == [{"run_id": "r-1", "queued": True}] * 8
    assert await fetchval("SELECT count(*) FROM stored_file") == 1


async def test_a_call_that_failed_leaves_the_key_free(migrated: None, fresh_db: str) -> None:
    first, second = await asyncio.gather(_effect(fail=True), _later(), return_exceptions=True)

    assert isinstance(first, ConnectionError)
    assert second == {"run_id": "r-1", "queued": True}
    assert await fetchval("SELECT count(*) FROM stored_file") == 1


async def _later() -> dict[str, object] | str:
    await asyncio.sleep(0.01)
    return await _effect()


async def test_a_key_stands_for_one_request(db: None) -> None:
    assert await _effect() == {"run_id": "r-1", "queued": True}

    assert await _effect(once.digest("push", {"a": 2})) == "reused"
    assert await once.ask("another", "k", ASKED) is None


def test_a_digest_sees_names_and_values_but_no_order() -> None:
    assert once.digest("push", {"b": [2, None], "a": 1}) == ASKED
    assert len({ASKED, once.digest("pull", {"a": 1, "b": [2, None]})}) == 2
    assert once.digest("push", {"b": [None, 2], "a": 1}) != ASKED

"""What an operation is answered, beside its data: its cost, and what is shared with nobody."""

import asyncio
import time
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry

from boucle.edge.body import Asked
from boucle.edge.cache import ResponseCache
from boucle.edge.operations import Operations
from boucle.edge.rates import RateLimiter
from domain.accounts.roles import CallerKind
from integrations.bus import MemoryBus
from resolvers.context import Caller, depends
from tests.boucle.edge import SCHEMA, public

ADDRESS = "192.0.2.7"


def _operations() -> Operations:
    cache = ResponseCache(MemoryBus(), None, schema="s")
    return Operations(SCHEMA, rates=RateLimiter(None), cache=cache)


async def _run(operations: Operations, query: str) -> Any:
    async def visitor() -> Caller:
        return Caller(address=ADDRESS)

    return await operations.run(Asked(query, None, None, None), visitor, address=ADDRESS)


async def test_a_refusal_tells_what_is_left_after_what_was_spent() -> None:
    operations = _operations()
    await _run(operations, "{ hello double(n: 1) }")
    dear = " ".join(f"a{n}: node {{ inner {{ inner {{ name }} }} }}" for n in range(3))
    refused = await _run(operations, f"{{ {dear} nothing }}")
    assert refused.body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"

    operations.gate._points = 1  # so that the next one is too dear
    refused = await _run(operations, f"{{ {dear} }}")

    cost = refused.body["extensions"]["cost"]
    assert refused.body["errors"][0]["extensions"]["reason"] == "TOO_MANY_POINTS"
    assert (cost["actual"], cost["limit"]) == (0.0, 2000)
    assert 1999 <= cost["remaining"] <= 2000
    assert refused.headers["RateLimit-Policy"] == '"points";q=2000;w=10'


async def test_answers_with_errors_are_nobody_elses(monkeypatch: Any) -> None:
    """Those who wait for one execution get its errors, each with a cost of its own."""
    operations = _operations()
    monkeypatch.setattr("boucle.edge.gate.CACHEABLE", frozenset({"refused"}))

    first, second = await asyncio.gather(*(_run(operations, "{ refused }") for _ in range(2)))

    assert first.body["errors"] == second.body["errors"]
    assert first.body is not second.body
    assert first.body["extensions"] is not second.body["extensions"]


@strawberry.type
class Counting:
    @strawberry.field
    def version(self) -> int:
        depends("market:FR")
        calls.append(1)
        return len(calls)


calls: list[int] = []


async def test_a_kept_answer_runs_nothing_and_is_for_visitors_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls.clear()
    bus = MemoryBus()
    cache = ResponseCache(bus, None, schema="s")
    monkeypatch.setattr(cache._fresh, "until", time.monotonic() + 60)
    cache.start()
    operations = Operations(public(strawberry.Schema(Counting)), cache=cache)
    asked = Asked("{ version }", None, None, None)

    async def told(caller: Caller) -> int:
        async def who() -> Caller:
            return caller

        outcome = await operations.run(asked, who)
        return int(orjson.loads(orjson.dumps(outcome.body))["data"]["version"])

    assert operations.kept(asked, ADDRESS) is None
    assert [await told(Caller()), await told(Caller())] == [1, 1]
    kept = operations.kept(asked, ADDRESS)
    assert kept is not None
    assert orjson.dumps(kept.body).startswith(b'{"data":{"version":1}')
    someone = Caller(kind=CallerKind.CUSTOMER, user_id=UUID(int=1))
    assert await told(someone) == 2
    await bus.publish("market:FR", {})
    assert operations.kept(asked, ADDRESS) is None
    assert await told(Caller()) == 3

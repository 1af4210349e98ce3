"""What an operation is answered, beside its data: its cost, and what is shared with nobody."""

import asyncio
from typing import Any

from boucle.edge.body import Asked
from boucle.edge.cache import ResponseCache
from boucle.edge.operations import Operations
from boucle.edge.rates import RateLimiter
from integrations.bus import MemoryBus
from resolvers.context import Caller
from tests.boucle.edge import SCHEMA

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

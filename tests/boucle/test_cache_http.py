"""Which requests the response cache may answer, and what other caches are told."""

import pytest
from graphql import OperationDefinitionNode, parse

from boucle.edge.cache import Cached, cache_headers, cacheable, not_modified
from tests.boucle.caching import Clock


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        pytest.param(None, False, id="not asked"),
        pytest.param('"a"', True, id="the same"),
        pytest.param('W/"a"', True, id="weak comparison"),
        pytest.param('"b", "a"', True, id="one of a list"),
        pytest.param("*", True, id="any"),
        pytest.param('"b"', False, id="another"),
        pytest.param("a", False, id="without quotes"),
        pytest.param("", False, id="empty"),
    ],
)
def test_a_client_that_has_the_bytes_gets_none(asked: str | None, *, answer: bool) -> None:
    assert not_modified(asked, '"a"') is answer


def test_foreign_caches_may_keep_public_answers_for_a_second_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("boucle.edge.cache.http.time", Clock(100.0))
    cached = Cached(b"1", '"e"', 90.0, 103.5, "process")

    assert cache_headers(cached, anonymous=True) == {
        "Cache-Control": "public, max-age=1, stale-while-revalidate=0",
        "ETag": '"e"',
    }
    longer = cache_headers(cached, anonymous=True, seconds=60)
    assert longer["Cache-Control"] == "public, max-age=3, stale-while-revalidate=0"
    assert cache_headers(cached, anonymous=False) == {"Cache-Control": "no-store"}
    assert cache_headers(None, anonymous=True) == {"Cache-Control": "no-store"}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        pytest.param("{ search { x } m: markets { code } __typename }", True, id="public"),
        pytest.param("query A { ...F } fragment F on Query { ... { listing { x } } }", True,
                     id="in a fragment"),
        pytest.param("{ markets { code } feeds { name } }", False, id="a private field beside"),
        pytest.param("{ ...F } fragment F on Query { ... @include(if: true) { feeds } }", False,
                     id="a private field in a fragment"),
        pytest.param("{ __schema { types { name } } }", False, id="introspection"),
        pytest.param("mutation { search }", False, id="a mutation"),
    ],
)  # fmt: skip
def test_only_queries_of_public_fields_are_looked_up(text: str, *, answer: bool) -> None:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)

    assert cacheable(document, operation) is answer

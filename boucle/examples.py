"""Three operations that a new visitor can send to the demo as they are."""

import json
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """A GraphQL operation and what a person calls it."""

    title: str
    query: str
    variables: dict[str, Any]


OPERATIONS = [
    Operation("The open markets", "{ markets { code currency } }", {}),
    Operation(
        "Search a phone in France",
        "query Search($term: String!, $market: MarketCode!) {"
        " search(term: $term, market: $market, first: 3)"
        " { edges { node { slug title from { amount currency } } } } }",
        {"term": "iphone 13", "market": "FR"},
    ),
    Operation(
        "One listing, its offers and why the first one wins",
        "query Listing($slug: String!, $market: MarketCode!) {"
        " listing(slug: $slug, market: $market)"
        " { title winner { price { amount currency } merchant { name } } } }",
        {"slug": "apple-iphone-13-128gb-midnight", "market": "FR"},
    ),
]


def curl(operation: Operation, url: str) -> str:
    """The command that sends this operation to the server at `url`."""
    body: dict[str, Any] = {"query": operation.query}
    if operation.variables:
        body["variables"] = operation.variables
    text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -s {url}/graphql -H 'content-type: application/json' -d '{text}'"

"""Three operations that a new visitor can send to the demo as they are."""

import json
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """A GraphQL operation and what a person calls it."""

    title: str
    query: str
    variables: dict[str, Any]


OPERATIONS = [
    Operation("The markets", "{ markets { code name currency stage } }", {}),
    Operation(
        "Search a phone in France",
        "query Search($market: String!, $term: String) {"
        " search(market: $market, term: $term, first: 3) { totalCount edges { node {"
        " product { slug title } offerCount"
        " featuredOffer { grade total { amount currency } } } } } }",
        {"market": "FR", "term": "iphone 13"},
    ),
    Operation(
        "One listing, its featured offer and why it is the first",
        "query Listing($market: String!, $slug: String) {"
        " listing(market: $market, slug: $slug) { product { title } offerCount featuredOffer {"
        " offer { grade price { total { amount currency } } merchant { name } }"
        " ranking { reasons modelId } } } }",
        {"market": "FR", "slug": "apple-iphone-13-pro-512gb-graphite"},
    ),
]


def curl(operation: Operation, url: str) -> str:
    """The command that sends this operation to the server at `url`."""
    body: dict[str, Any] = {"query": operation.query}
    if operation.variables:
        body["variables"] = operation.variables
    text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -s {url}/graphql -H 'content-type: application/json' -d '{text}'"

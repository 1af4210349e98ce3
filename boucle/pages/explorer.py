"""GraphiQL, served from this machine, with operations that can be sent as they are."""

from typing import Any

import orjson
from graphql import parse, print_ast
from starlette.requests import Request
from starlette.responses import Response

from boucle.examples import OPERATIONS
from boucle.pages import operations
from boucle.pages.render import EXPLORER, page
from boucle.pages.site import language_of

_MORE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "Everything a product page shows",
        operations.LISTING,
        {"market": "FR", "slug": "apple-iphone-13", "sort": "RANK", "first": 5},
    ),
    (
        "A search with its facets",
        operations.SEARCH,
        {"market": "FR", "term": "iphone", "sort": "PRICE", "first": 5, "locale": "fr"},
    ),
    (
        "A merchant's last feed runs (send a key in the headers)",
        operations.FEED_RUNS,
        {"first": 5},
    ),
)


def graphiql(request: Request) -> Response:
    """The page at /graphql for a browser; it sends its operations to the same address."""
    return page("graphiql.html", language_of(request), {"tabs": TABS}, policy=EXPLORER)


def _tab(title: str, query: str, variables: dict[str, Any]) -> dict[str, str]:
    if query.startswith("{"):  # a tab is called by the name of its operation
        query = f"query {''.join(word.title() for word in title.split())} {query}"
    query = print_ast(parse(query))
    indented = orjson.dumps(variables, option=orjson.OPT_INDENT_2).decode() if variables else ""
    return {"query": f"# {title}\n{query}\n", "variables": indented}


TABS = [_tab(*operation) for operation in (*OPERATIONS, *_MORE)]
"""What a first visit finds open."""

"""The living demo: runs of a demo merchant's feeds, and what became of their lines."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.asking import Answer, NotServed, explorer_link
from boucle.pages.demo_key import demo_caller
from boucle.pages.operations import FEED_RUN, FEED_RUNS
from boucle.pages.site import Site
from resolvers.context import Caller

RUNS_PER_PAGE = 24
LINES_PER_PAGE = 50
OUTCOMES = {
    "CREATED": "created",
    "UPDATED": "updated",
    "UNCHANGED": "unchanged",
    "DELETED": "deleted",
    "IGNORED_STALE": "ignoredStale",
    "PENDING_PRODUCT": "pendingProduct",
    "REJECTED": "rejected",
}


async def last_runs(site: Site, count: int) -> list[Answer] | None:
    """The demo merchant's last runs, each with its bar; None where there is no demo to show."""
    caller = await demo_caller(site.settings)
    if caller is None:
        return None
    try:
        found = (await site.ask(FEED_RUNS, {"first": count}, caller))["feedRuns"]
    except NotServed:
        return None
    return [with_bar(edge["node"]) for edge in found["edges"]]


async def feeds_page(site: Site, request: Request) -> Response:
    """All runs of the demo merchant; `part=panel` is the panel of the search page alone."""
    visit = await site.visit(request)
    if visit.address.get("part") == "panel":
        return visit.page("panel.html", runs=await last_runs(site, 4), explorer="/graphql")
    caller = await _caller(site)
    variables = {"first": RUNS_PER_PAGE, "after": visit.address.get("after")}
    found = (await site.ask(FEED_RUNS, variables, caller))["feedRuns"]
    return visit.page(
        "feeds.html",
        runs=[with_bar(edge["node"]) for edge in found["edges"]],
        more=found["pageInfo"],
        explorer=explorer_link(FEED_RUNS, variables),
    )


async def run_page(site: Site, request: Request) -> Response:
    """One run: its counts, then its lines by outcome with what is wrong and what would work."""
    visit = await site.visit(request)
    outcome = visit.address.get("outcome")
    variables = {
        "id": request.path_params["run"],
        "outcome": outcome if outcome in OUTCOMES else None,
        "first": LINES_PER_PAGE,
        "after": visit.address.get("after"),
        "locale": visit.language,
    }
    run = (await site.ask(FEED_RUN, variables, await _caller(site)))["feedRun"]
    if run is None:
        raise HTTPException(404)
    return visit.page(
        "feed.html",
        run=with_bar(run),
        outcome=variables["outcome"],
        outcomes=OUTCOMES,
        explorer=explorer_link(FEED_RUN, variables),
    )


def with_bar(run: Answer) -> dict[str, Any]:
    """A run with its bar: a part per outcome that occurs, in percent of all lines.

    Shapes: `bar` holds `outcome`, `count`, `start` and `width`; every part can be seen, however
    small.
    """
    counts = {outcome: int(run[field]) for outcome, field in OUTCOMES.items() if run[field]}
    shares = {outcome: max(count, sum(counts.values()) / 100) for outcome, count in counts.items()}
    whole, start, bar = sum(shares.values()), 0.0, []
    for outcome, share in shares.items():
        width = 100 * share / whole
        part = {"outcome": outcome, "count": counts[outcome]}
        bar.append(part | {"start": round(start, 2), "width": round(width, 2)})
        start += width
    return run | {"bar": bar}


async def _caller(site: Site) -> Caller:
    caller = await demo_caller(site.settings)
    if caller is None:
        raise HTTPException(404)
    return caller

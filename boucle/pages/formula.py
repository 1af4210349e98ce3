"""The public page of the ranking formula, written from the parameters that rank."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations import RANKING
from boucle.pages.site import Site
from domain.merchants.quality import DEFAULT_RULES, prior_bp
from domain.ranking.model import DEFAULT_PARAMETERS, merit_range


async def formula_page(site: Site, request: Request) -> Response:
    """The main parameters by weight, and what else decides who is shown first."""
    visit = await site.visit(request)
    parameters = DEFAULT_PARAMETERS
    worths = sorted(parameters.grade_worth_bp.items(), key=lambda row: -row[1])
    return visit.page(
        "ranking.html",
        weights=parameters.weights(),
        reach=merit_range(parameters, prior_bp(DEFAULT_RULES)),
        parameters=parameters,
        worths=worths,
    )


async def disclosure_page(site: Site, request: Request) -> Response:
    """How offers are ranked in one market, from the parameters that rank there now."""
    visit = await site.visit(request)
    code = str(request.path_params["market"]).upper()
    if code not in {str(market["code"]) for market in visit.markets}:
        raise HTTPException(404)
    asked = {"market": code, "locale": visit.language}
    found = (await site.ask(RANKING, asked))["rankingDisclosure"]
    if found is None:
        raise HTTPException(404)
    return visit.page("ranking_market.html", ranking=found)

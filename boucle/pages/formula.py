"""The public page of the ranking formula, written from the parameters that rank."""

from starlette.requests import Request
from starlette.responses import Response

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

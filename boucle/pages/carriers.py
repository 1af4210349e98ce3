"""The country team compares carriers on their lanes: the page; its script asks the API."""

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations_signed import CARRIERS
from boucle.pages.site import Site
from boucle.pages.words import say
from boucle.pages.words_carriers import LANES
from boucle.pages.words_signed import CARRIER_NAMES, SIGNED

PERIODS = (30, 90, 180, 365)
"""Days back that the page offers."""


async def carriers_page(site: Site, request: Request) -> Response:
    """The form, and where its script puts the table and the plots."""
    visit = await site.visit(request)
    facts = {
        "words": {key: say(key, visit.language) for key in (*SIGNED, *LANES)},
        "language": visit.language,
        "operations": CARRIERS,
        "carriers": CARRIER_NAMES,
    }
    names = sorted(CARRIER_NAMES.items(), key=lambda pair: pair[1].casefold())
    return visit.page("carriers.html", facts=facts, periods=PERIODS, names=names)

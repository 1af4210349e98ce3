"""The country team sees what a market lacks, opens it and pauses it; its script asks the API."""

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations_markets import MARKETS
from boucle.pages.site import Site
from boucle.pages.words import say
from boucle.pages.words_markets import LAUNCH
from boucle.pages.words_signed import SIGNED
from domain.markets import PauseScope


async def markets_page(site: Site, request: Request) -> Response:
    """The choice of a market, and where its script puts the board of the one in the fragment."""
    visit = await site.visit(request)
    facts = {
        "words": {key: say(key, visit.language) for key in (*SIGNED, *LAUNCH)},
        "language": visit.language,
        "operations": MARKETS,
        "carriers": {},
        "scopes": [each for each in PauseScope if each is not PauseScope.CATEGORY],
    }
    return visit.page("markets.html", facts=facts)

"""An enterprise follows its fleets, from file to money: the page; its script asks the API."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations_fleet import FLEETS
from boucle.pages.site import Site
from boucle.pages.words import say
from boucle.pages.words_fleet import BOARD
from boucle.pages.words_signed import SIGNED
from domain.raas import AssetState, Disposition, FleetKind, FleetState, LotBidState, LotState
from domain.raas.custody import CustodyKind, IncidentKind
from domain.raas.lines import FleetOutcome

_CODES: Final = {
    "fleet.kind": FleetKind,
    "fleet.state": FleetState,
    "lot.state": LotState,
    "bid.state": LotBidState,
    "asset.state": AssetState,
    "disposition": Disposition,
    "custody": CustodyKind,
    "incident": IncidentKind,
    "outcome": FleetOutcome,
}


async def fleets_page(site: Site, request: Request) -> Response:
    """Whoever signs in sees the fleets of the organisation; the one of the fragment in full."""
    visit = await site.visit(request)
    said = {key: say(key, visit.language) for key in (*SIGNED, *BOARD)}
    for prefix, codes in _CODES.items():
        said |= {f"{prefix}.{each}": say(f"{prefix}.{each}", visit.language) for each in codes}
    facts = {"words": said, "language": visit.language, "operations": FLEETS, "carriers": {}}
    return visit.page("fleets.html", facts=facts)

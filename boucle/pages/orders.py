"""A customer follows an order, a merchant sees what is due: the page; its script asks the API."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations_signed import ORDERS
from boucle.pages.site import Site
from boucle.pages.words import say
from boucle.pages.words_orders import JOURNEY
from boucle.pages.words_signed import CARRIER_NAMES, SIGNED
from domain.catalog import Grade
from domain.orders import Actor, LineState, OrderState
from domain.shipments import ShipmentPurpose

_CODES: Final = {
    "grade": Grade,
    "order": OrderState,
    "line": LineState,
    "actor": Actor,
    "purpose": ShipmentPurpose,
}


async def orders_page(site: Site, request: Request) -> Response:
    """Whoever signs in sees the own orders; the order of the fragment is told in full."""
    visit = await site.visit(request)
    said = {key: say(key, visit.language) for key in (*SIGNED, *JOURNEY)}
    for prefix, codes in _CODES.items():
        said |= {f"{prefix}.{each}": say(f"{prefix}.{each}", visit.language) for each in codes}
    facts = {
        "words": said,
        "language": visit.language,
        "operations": ORDERS,
        "carriers": CARRIER_NAMES,
    }
    return visit.page("orders.html", facts=facts)

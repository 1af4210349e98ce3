"""A person sells a device in four steps, and follows it: the page; its script asks the API."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations_trade_in import TRADE_IN
from boucle.pages.site import Site
from boucle.pages.words import say
from boucle.pages.words_signed import CARRIER_NAMES, SIGNED
from boucle.pages.words_trade_in import BECAUSE, SELLING
from domain.shipments import ShipmentPurpose
from domain.trade_in import TradeInGrade, TradeInState
from domain.trade_in.orders import CounterReason, Declaration

_CODES: Final = {
    "tradein.state": TradeInState,
    "tradein.grade": TradeInGrade,
    "tradein.declare": Declaration,
    "tradein.reason": CounterReason,
    "purpose": ShipmentPurpose,
}
STEPS: Final = ("device", "state", "bids", "send")


async def trade_in_page(site: Site, request: Request) -> Response:
    """What is the device, how is it, who pays what, and how it is sent."""
    visit = await site.visit(request)
    said = {key: say(key, visit.language) for key in (*SIGNED, *SELLING)}
    for prefix, codes in _CODES.items():
        said |= {f"{prefix}.{each}": say(f"{prefix}.{each}", visit.language) for each in codes}
    because = [f"tradein.because.{code}" for code in BECAUSE]
    said |= {key: say(key, visit.language) for key in because}
    facts = {
        "words": said,
        "language": visit.language,
        "market": visit.market,
        "operations": TRADE_IN,
        "carriers": CARRIER_NAMES,
    }
    return visit.page("trade_in.html", facts=facts, steps=STEPS, declarations=list(Declaration))

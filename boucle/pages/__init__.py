"""Pages for people: they show what the API answers, and that it does.

Every page is written on the server and sends no cookie. Those of the shop are read without
JavaScript; those that take a key or a sign-in ask the public API from the browser.
"""

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from boucle.pages.asking import Execute
from boucle.pages.carriers import carriers_page
from boucle.pages.certificates import certificate_page, verify_page
from boucle.pages.devices import device_page, device_qr
from boucle.pages.explorer import graphiql
from boucle.pages.feeds import feeds_page, run_page
from boucle.pages.fleets import fleets_page
from boucle.pages.formula import disclosure_page, formula_page
from boucle.pages.impact_totals import totals_page
from boucle.pages.mails import mails_page
from boucle.pages.markets import markets_page
from boucle.pages.orders import orders_page
from boucle.pages.product import product_page
from boucle.pages.render import FOLDER
from boucle.pages.search import search_page
from boucle.pages.setup import setup_page
from boucle.pages.site import Site
from boucle.pages.trade_in import trade_in_page
from boucle.settings import Settings

__all__ = ["Execute", "graphiql", "routes"]


def routes(settings: Settings, execute: Execute) -> list[BaseRoute]:
    """The pages of a server, which ask `execute` for all that they show."""
    site = Site(settings, execute)
    return [
        Route("/", site.endpoint(search_page), name="search"),
        Route("/p/{slug}", site.endpoint(product_page), name="product"),
        Route("/devices/{code}", site.endpoint(device_page), name="device"),
        Route("/devices/{code}/qr.svg", site.endpoint(device_qr), name="device_qr"),
        Route("/impact", site.endpoint(totals_page), name="impact"),
        Route("/ranking", site.endpoint(formula_page), name="ranking"),
        Route("/ranking/{market}", site.endpoint(disclosure_page), name="ranking_market"),
        Route("/feeds", site.endpoint(feeds_page), name="feeds"),
        Route("/feeds/new", site.endpoint(setup_page), name="setup"),
        Route("/feeds/{run}", site.endpoint(run_page), name="feed"),
        Route("/orders", site.endpoint(orders_page), name="orders"),
        Route("/certificates", site.endpoint(verify_page), name="verify"),
        Route("/certificates/{code}", site.endpoint(certificate_page), name="certificate"),
        Route("/fleets", site.endpoint(fleets_page), name="fleets"),
        Route("/trade-in", site.endpoint(trade_in_page), name="trade_in"),
        Route("/team/carriers", site.endpoint(carriers_page), name="carriers"),
        Route("/team/markets", site.endpoint(markets_page), name="markets"),
        Route("/mails", site.endpoint(mails_page), name="mails"),
        Mount("/static", StaticFiles(directory=FOLDER / "static"), name="static"),
    ]

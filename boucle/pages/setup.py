"""A merchant sets up how its files are read: the page; its script asks the public API."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.operations import SETUP
from boucle.pages.site import Site
from boucle.pages.words import say
from boucle.pages.words_setup import SCRIPT
from domain.catalog import Grade
from domain.offers.headers import FIELDS
from domain.offers.lines import FeedMode, LineOutcome
from domain.offers.setup import MOST_NAME

ATTRIBUTES: Final = ("attributes[color]", "attributes[storage_gb]", "attributes[ram_gb]")
ENCODINGS: Final = (
    *("utf-8", "cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1253", "cp1254", "cp1257"),
    *("cp932", "shift_jis", "cp949", "koi8-r", "utf-16"),
)


async def setup_page(site: Site, request: Request) -> Response:
    """The steps from a file to its offers. The key that is typed in never comes here."""
    visit = await site.visit(request)
    said = {key: say(key, visit.language) for key in SCRIPT}
    said |= {f"outcome.{each}": say(f"outcome.{each}", visit.language) for each in LineOutcome}
    said |= {f"grade.{each}": say(f"grade.{each}", visit.language) for each in Grade}
    return visit.page(
        "setup.html",
        modes=list(FeedMode),
        longest_name=MOST_NAME,
        facts={
            "words": said,
            "language": visit.language,
            "operations": SETUP,
            "fields": [*FIELDS, *ATTRIBUTES],
            "grades": [grade.value for grade in Grade],
            "encodings": ENCODINGS,
            "outcomes": [outcome.value for outcome in LineOutcome],
        },
    )

"""What every page knows: the visitor's language and market, and whom it may ask."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.address import Address
from boucle.pages.asking import Answer, Execute, NotServed, ask
from boucle.pages.operations import MARKETS
from boucle.pages.render import page
from boucle.pages.wording import LANGUAGES
from boucle.settings import Settings
from resolvers.context import Caller

_FALLBACK = "FR"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: its language, its market among the public ones, its address.

    `development`: whether this server has the demo and GraphiQL.
    """

    language: str
    market: str
    markets: tuple[Answer, ...]
    address: Address
    development: bool

    def page(self, template: str, *, status: int = 200, **facts: Any) -> Response:
        """A template with these facts beside those of the visit."""
        home = Address("/", (("market", self.market),))
        if chosen := self.address.get("lang"):
            home = home.put(lang=chosen)
        shared = {
            "here": self.address,
            "home": home,
            "markets": self.markets,
            "market": self.market,
            "languages": LANGUAGES,
            "development": self.development,
            "explorer": "/graphql",
        }
        return page(template, self.language, shared | facts, status=status)


@dataclass(frozen=True, slots=True)
class Site:
    """The pages of one server."""

    settings: Settings
    execute: Execute

    async def ask(
        self, query: str, variables: Mapping[str, Any], caller: Caller | None = None
    ) -> Answer:
        """The data of an operation. Raises: NotServed."""
        return await ask(self.execute, query, variables, caller)

    async def visit(self, request: Request) -> Visit:
        """Who comes: language from the address or the browser, market likewise.

        Raises: NotServed.
        """
        listed = (await self.ask(MARKETS, {}))["markets"]
        markets = tuple(market for market in listed if market["stage"] == "PUBLIC")
        codes = [str(market["code"]) for market in markets]
        address = Address.of(request)
        wanted = [address.get("market") or "", *_regions(request), _FALLBACK, *codes]
        market = next((code for code in wanted if code in codes), _FALLBACK)
        development = not self.settings.production
        return Visit(language_of(request), market, markets, address, development)

    def endpoint(
        self, show: Callable[["Site", Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """A page as a route calls it: a refusal of the schema, too, is answered with a page."""

        async def answer(request: Request) -> Response:
            try:
                return await show(self, request)
            except NotServed as refused:
                return _refused(request, refused.status, refused.code)
            except HTTPException as refused:
                return _refused(request, refused.status_code, "NOT_FOUND")

        return answer


def language_of(request: Request) -> str:
    """The language asked for by `lang`, else the first that the browser reads, else English."""
    if (chosen := request.query_params.get("lang")) in LANGUAGES:
        return str(chosen)
    read = (tag.partition("-")[0].lower() for tag in _tags(request))
    return next((language for language in read if language in LANGUAGES), LANGUAGES[0])


def _tags(request: Request) -> list[str]:
    header = request.headers.get("accept-language", "")[:200]
    return [part.partition(";")[0].strip() for part in header.split(",")]


def _regions(request: Request) -> list[str]:
    return [tag.partition("-")[2].upper() for tag in _tags(request)]


def _refused(request: Request, status: int, code: str) -> Response:
    visit = Visit(language_of(request), _FALLBACK, (), Address.of(request), development=False)
    template = "missing.html" if status == 404 else "refused.html"
    return visit.page(template, status=status, code=code)

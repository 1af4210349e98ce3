"""DHL Paket, the business tracking of Parcel DE: XML in a query, XML as the answer."""

from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import HANDED_OVER, Step
from integrations.sandbox.carriers.credentials import basic
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.places import countries
from integrations.sandbox.carriers.soap import attributes, parsed, xml
from integrations.sandbox.carriers.speaking import Carrier

_BERLIN: Final = ZoneInfo("Europe/Berlin")
_OPERATIONS: Final = frozenset({"d-get-piece-detail", "get-status-for-public-user"})
_PUBLIC_NUMBERS: Final = 15


class DhlParcelDe(Carrier):
    """`GET /parcel/de/tracking/v0/shipments?xml=…`, up to 20 numbers."""

    api: ClassVar = TrackingApi.DHL_PARCEL_DE
    xml: ClassVar = True

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/parcel/de/tracking/v0/shipments", self._track)]

    def credential(self, request: web.Request, text: str) -> str | None:
        given = basic(request.headers.get("Authorization"))
        wanted = (self.secrets["api_key"], self.secrets["api_secret"])
        return wanted[0] if given == wanted else None

    def refused(self, request: web.Request) -> web.Response:
        body = '{"title":"Unauthorized","status":401,"detail":"Unauthorized for given resource."}'
        return web.Response(text=body, status=401, content_type="application/json")

    def throttled(self, seconds: float) -> web.Response:
        body = '{"title":"Too many requests","status":429,"detail":"Too many requests"}'
        return web.Response(text=body, status=429, content_type="application/json")

    def broken(self) -> web.Response:
        return xml('<data name="error" code="500" error="internal error"/>', 500)

    async def _track(self, request: web.Request) -> web.Response:
        root = parsed(request.query.get("xml", ""))
        if root is None or root.tag != "data":
            return _error("5", "Das XML kann nicht gelesen werden")
        given = root.get("appname"), root.get("password")
        if given != (self.secrets["user"], self.secrets["password"]):
            return _error("6", "Login failed")
        operation = root.get("request")
        numbers = [number for number in (root.get("piece-code") or "").split(";") if number]
        most = _PUBLIC_NUMBERS if operation == "get-status-for-public-user" else self.batch
        if operation not in _OPERATIONS or not numbers or len(numbers) > most:
            return _error("5", "Request invalid")
        language = root.get("language-code") or "de"
        pieces = [self._piece(number, language) for number in numbers]
        known = any('error-status="0"' in piece for piece in pieces)
        head = {"name": "piece-shipment-list", "code": "0" if known else "100"}
        if not known:
            head["error"] = "No data found"
        head["request-id"] = "00000000-0000-0000-0000-000000000000"
        return xml(f"<data{attributes(head)}>{''.join(pieces)}</data>")

    def _piece(self, number: str, language: str) -> str:
        several = self.fault(Fault.ITEM_ERROR, number)
        found = None if several else self.find(number)
        if found is None:
            error = "200" if several else "100"
            text = "Several matches" if several else "No data found"
            names = {"name": "piece-shipment", "error-status": error, "piece-code": number}
            asked = {"searched-piece-code": number, "piece-status-desc": text}
            return f"<data{attributes({**names, **asked})}/>"
        events = "".join(_event(event, language) for event in found.told(newest_first=False))
        inner = f'<data name="piece-event-list">{events}</data>'
        return f"<data{attributes(_head(found, language))}>{inner}</data>"


def _error(code: str, text: str) -> web.Response:
    head = {"name": "piece-shipment-list", "code": code, "error": text}
    return xml(f"<data{attributes(head)}/>")


def _head(found: History, language: str) -> dict[str, str]:
    parcel, latest = found.parcel, found.latest
    way, native = parcel.way, latest.native if latest else None
    return {
        "name": "piece-shipment",
        "error-status": "0",
        "piece-id": f"id-{parcel.number}",
        "piece-code": parcel.number,
        "searched-piece-code": parcel.number,
        "status-timestamp": _stamp(latest) if latest else "",
        "status": _label(latest, language) if latest else "",
        "short-status": _label(latest, language) if latest else "",
        "product-name": "DHL PAKET",
        "delivery-event-flag": "1" if latest and latest.native.code == "ZU" else "0",
        "recipient-id-text": "",
        "ice": native.second if native else "",
        "ric": native.third if native else "",
        "standard-event-code": native.code if native else "",
        "dest-country": way.recipient.country,
        "origin-country": way.sender.country,
        "ruecksendung": _flag(latest),
        "piece-customer-reference": parcel.reference,
        "shipment-weight": f"{parcel.grams / 1000:.1f}",
        "pan-recipient-name": parcel.recipient if latest and latest.step in HANDED_OVER else "",
    }


def _event(event: Event, language: str) -> str:
    country = countries()[event.place.country]
    values = {
        "name": "piece-event",
        "event-timestamp": _stamp(event),
        "event-status": _label(event, language),
        "event-short-status": _label(event, language),
        "ice": event.native.second,
        "ric": event.native.third,
        "standard-event-code": event.native.code,
        "event-location": "" if event.step is Step.ANNOUNCED else event.place.city,
        "event-country": country.name_de if language == "de" else country.name_en,
        "ruecksendung": _flag(event),
    }
    return f"<data{attributes(values)}/>"


def _stamp(event: Event) -> str:
    return event.at.astimezone(_BERLIN).strftime("%d.%m.%Y %H:%M")


def _label(event: Event, language: str) -> str:
    return event.native.home if language == "de" else event.native.label


def _flag(event: Event | None) -> str:
    return "true" if event is not None and event.back else "false"

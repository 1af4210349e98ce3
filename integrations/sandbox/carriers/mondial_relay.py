"""Mondial Relay, the SOAP service `WSI2_TracingColisDetaille`."""

import hashlib
import re
from collections.abc import Sequence
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import Step
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.soap import child_text, envelope, parsed, soap_fault, tag
from integrations.sandbox.carriers.speaking import Carrier

_PARIS: Final = ZoneInfo("Europe/Paris")
_NAMESPACE: Final = "http://www.mondialrelay.fr/webservice/"
_ACTION: Final = f"{_NAMESPACE}WSI2_TracingColisDetaille"
_ENSEIGNE: Final = re.compile(r"[0-9A-Z]{2}[0-9A-Z ]{6}")
_FIELDS: Final = ("Enseigne", "Expedition", "Langue", "Security")
_RELAY: Final = frozenset({Step.AT_PICKUP, Step.ACCESS_POINT, Step.COLLECTED})


class MondialRelay(Carrier):
    """`POST /Web_Services.asmx`. The credential stands in the body, as does every error."""

    api: ClassVar = TrackingApi.MONDIAL_RELAY
    xml: ClassVar = True

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/Web_Services.asmx", self._trace)]

    def credential(self, request: web.Request, text: str) -> str | None:
        return self.secrets["enseigne"]

    def refused(self, request: web.Request) -> web.Response:
        return _stat("97")

    def forbidden(self) -> web.Response:
        return _stat("95")

    def throttled(self, seconds: float) -> web.Response:
        return web.Response(status=429, text="Too Many Requests")

    def broken(self) -> web.Response:
        return _stat("99")

    async def _trace(self, request: web.Request) -> web.Response:
        root = parsed(await request.text())
        action = request.headers.get("SOAPAction", "").strip('"')
        if root is None:
            return soap_fault("Client", "Le serveur n'a pas pu lire la demande.")
        if action != _ACTION or next(root.iter("{*}WSI2_TracingColisDetaille"), None) is None:
            return soap_fault("Client", f"Server did not recognize the HTTP Header: {action}.")
        given = [child_text(root, name) or "" for name in _FIELDS]
        if (stat := self._checked(given)) is not None:
            return _stat(stat)
        number = given[1]
        if self.fault(Fault.ITEM_ERROR, number):
            return _stat("98")
        found = self.find(number)
        return _stat("94") if found is None else _traced(found, given[2])

    def _checked(self, given: Sequence[str]) -> str | None:
        enseigne, number, language, security = given
        if not _ENSEIGNE.fullmatch(enseigne) or enseigne != self.secrets["enseigne"]:
            return "1"
        if not re.fullmatch(r"[0-9]{8}", number):
            return "24"
        if not re.fullmatch(r"[A-Z]{2}", language):
            return "74"
        text = f"{enseigne}{number}{language}{self.secrets['private_key']}"
        wanted = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
        return None if security == wanted else "97"


def _stat(stat: str) -> web.Response:
    return _result(tag("STAT", stat))


def _result(inner: str) -> web.Response:
    result = f"<WSI2_TracingColisDetailleResult>{inner}</WSI2_TracingColisDetailleResult>"
    opened = f'<WSI2_TracingColisDetailleResponse xmlns="{_NAMESPACE}">'
    return envelope(f"{opened}{result}</WSI2_TracingColisDetailleResponse>")


def _traced(found: History, language: str) -> web.Response:
    latest = found.latest
    stat = latest.native.code if latest else "80"
    label = _label(latest, language) if latest else ""
    relay = next((event for event in found.events if event.step in _RELAY), None)
    name = f"RELAIS {relay.place.city.upper()}" if relay else ""
    tracing = "".join(_event(event) for event in found.told(newest_first=False))
    return _result(
        tag("STAT", stat)
        + tag("Libelle01", label)
        + tag("Relais_Libelle", name)
        + tag("Relais_Num", "012345" if relay else "")
        + tag("Libelle02", "")
        + f"<Tracing>{tracing}</Tracing>"
    )


def _label(event: Event, language: str) -> str:
    return event.native.home if language == "FR" else event.native.label


def _event(event: Event) -> str:
    local = event.at.astimezone(_PARIS)
    relay = "012345" if event.step in _RELAY else ""
    fields = (
        tag("Tracing_Libelle", event.native.home),
        tag("Tracing_Date", local.strftime("%d/%m/%y")),
        tag("Tracing_Heure", local.strftime("%H:%M")),
        tag("Tracing_Lieu", event.place.city.upper()),
        tag("Tracing_Relais", relay),
        tag("Tracing_Pays", event.place.country),
    )
    name = "ret_WSI2_sub_TracingColisDetaille"
    return f"<{name}>{''.join(fields)}</{name}>"

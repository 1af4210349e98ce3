"""Chronopost, the SOAP service for tracking."""

from typing import ClassVar

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.soap import child_text, envelope, parsed, soap_fault, tag
from integrations.sandbox.carriers.speaking import Carrier

_NAMESPACE = "http://cxf.tracking.soap.chronopost.fr/"


class Chronopost(Carrier):
    """`POST /tracking-cxf/TrackingServiceWS`, operation `trackSkybillV2`; no credential."""

    api: ClassVar = TrackingApi.CHRONOPOST
    xml: ClassVar = True

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/tracking-cxf/TrackingServiceWS", self._track)]

    def credential(self, request: web.Request, text: str) -> str | None:
        return request.remote or "anybody"

    def refused(self, request: web.Request) -> web.Response:
        return soap_fault("Client", "Unauthorized")

    def throttled(self, seconds: float) -> web.Response:
        return soap_fault("Server", "Too many requests")

    def broken(self) -> web.Response:
        return soap_fault("Server", "Fault occurred while processing.")

    async def _track(self, request: web.Request) -> web.Response:
        root = parsed(await request.text())
        if root is None:
            return soap_fault("Client", "Error reading XMLStreamReader.")
        if next(root.iter("{*}trackSkybillV2"), None) is None:
            return soap_fault("Client", "Message part was not recognized.")
        number = (child_text(root, "skybillNumber") or "").strip()
        language = child_text(root, "language") or "fr_FR"
        if self.fault(Fault.ITEM_ERROR, number):
            return _returned("<errorCode>3</errorCode><errorMessage>System error</errorMessage>")
        found = self.find(number)
        inner = "" if found is None else "".join(_events(found, language))
        comp = f"<listEventInfoComp>{inner}{tag('skybillNumber', number)}</listEventInfoComp>"
        return _returned(f"<errorCode>0</errorCode>{comp}")


def _returned(inner: str) -> web.Response:
    opened = f'<ns1:trackSkybillV2Response xmlns:ns1="{_NAMESPACE}"><return>'
    return envelope(f"{opened}{inner}</return></ns1:trackSkybillV2Response>")


def _events(found: History, language: str) -> list[str]:
    return [_event(event, language) for event in found.told(newest_first=False)]


def _event(event: Event, language: str) -> str:
    native, place = event.native, event.place
    label = native.home if language.startswith("fr") else native.label
    fields = (
        tag("code", native.code),
        tag("eventDate", event.local.isoformat()),
        tag("eventLabel", label),
        tag("highPriority", "false"),
        tag("NPC", f"{place.city.upper()} CHRONOPOST"),
        tag("officeLabel", f"{place.city.upper()} CHRONOPOST"),
        tag("zipCode", place.postcode),
    )
    return f"<events>{''.join(fields)}</events>"

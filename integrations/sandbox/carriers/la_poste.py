"""La Poste, Suivi v2: letters, Colissimo, Chronopost."""

import re
from typing import Any, ClassVar, Final

from aiohttp import web

from domain.shipments.carriers import TrackingApi
from integrations.sandbox.carriers.codes import Step
from integrations.sandbox.carriers.faults import Fault
from integrations.sandbox.carriers.numbers import fits
from integrations.sandbox.carriers.parcels import Event, History
from integrations.sandbox.carriers.speaking import Carrier, answer

_SHORT: Final = ("Pris en charge", "En cours d'acheminement", "En livraison", "À retirer", "Livré")
_FINAL: Final = frozenset({Step.DELIVERED, Step.COLLECTED, Step.RETURNED})
_LANGUAGES: Final = re.compile(r"[a-z]{2}_[A-Z]{2}")


class LaPoste(Carrier):
    """`GET /suivi/v2/idships/{n1,n2,…}`."""

    api: ClassVar = TrackingApi.LA_POSTE

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/suivi/v2/idships/{ids}", self._track)]

    def credential(self, request: web.Request, text: str) -> str | None:
        key = request.headers.get("X-Okapi-Key")
        return key if key == self.secrets["okapi_key"] else None

    def refused(self, request: web.Request) -> web.Response:
        message = "This action requires an authorization"
        return answer({"code": "UNAUTHORIZED", "message": message}, 401)

    def throttled(self, seconds: float) -> web.Response:
        message = "Quota exceeded"
        return answer({"code": "TOO_MANY_REQUESTS", "message": message}, 429)

    def broken(self) -> web.Response:
        return answer({"code": "INTERNAL_SERVER_ERROR", "message": "Erreur système"}, 500)

    async def _track(self, request: web.Request) -> web.Response:
        language = request.query.get("lang", "fr_FR")
        numbers = request.match_info["ids"].split(",")
        if len(numbers) > self.batch or not _LANGUAGES.fullmatch(language):
            return answer(self._problem(request.match_info["ids"], language, 400), 400)
        items = [self._item(number, language) for number in numbers]
        codes = {item["returnCode"] for item in items}
        if len(items) == 1:
            return answer(items[0], items[0]["returnCode"])
        if codes == {404}:
            return answer(items, 404)
        return answer(items, 200 if codes == {200} else 207)

    def _item(self, number: str, language: str) -> dict[str, Any]:
        if not fits(self.api, number):
            return self._problem(number, language, 400)
        if self.fault(Fault.ITEM_ERROR, number):
            return self._problem(number, language, 500)
        found = self.find(number)
        if found is None:
            return self._problem(number, language, 404)
        return {
            "lang": language,
            "scope": "open",
            "returnCode": 200,
            "shipment": _shipment(found, language),
        }

    def _problem(self, number: str, language: str, code: int) -> dict[str, Any]:
        message = {
            400: "Le numéro d'envoi n'est pas au bon format",
            404: "Ressource non trouvée",
            500: "Erreur système",
        }[code]
        return {
            "returnCode": code,
            "returnMessage": message,
            "lang": language,
            "scope": "open",
            "idShip": number,
        }


def _shipment(found: History, language: str) -> dict[str, Any]:
    parcel, latest = found.parcel, found.latest
    shipment: dict[str, Any] = {
        "idShip": parcel.number,
        "holder": 4,
        "product": "colissimo",
        "isFinal": latest is not None and latest.step in _FINAL,
        "entryDate": found.events[0].local.isoformat(),
        "estimDate": _midnight(found),
        "timeline": _timeline(latest, language),
        "event": [_event(event, language) for event in found.told(newest_first=True)],
        "contextData": _context(found),
        "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={parcel.number}",
    }
    if latest is not None and latest.step in _FINAL:
        shipment["deliveryDate"] = latest.local.isoformat()
    return shipment


def _midnight(found: History) -> str:
    local = found.expected_at.astimezone(found.parcel.way.recipient.clock)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).isoformat()


def _timeline(latest: Event | None, language: str) -> list[dict[str, Any]]:
    reached = int(latest.native.level) if latest else 0
    return [
        {
            "id": number,
            "shortLabel": label,
            "longLabel": "",
            "country": latest.place.country if latest else "",
            "status": number <= reached,
            "type": 1 if number <= reached else 0,
        }
        for number, label in enumerate(_SHORT, 1)
    ]


def _event(event: Event, language: str) -> dict[str, Any]:
    native = event.native
    label = native.home if language.startswith("fr") else native.label
    return {"code": native.code, "label": label, "date": event.local.isoformat()}


def _context(found: History) -> dict[str, Any]:
    way, steps = found.parcel.way, {event.step for event in found.events}
    context: dict[str, Any] = {
        "deliveryChoice": {"deliveryChoice": 0},
        "originCountry": way.sender.country,
        "arrivalCountry": way.recipient.country,
    }
    if steps & {Step.AT_PICKUP, Step.ACCESS_POINT}:
        name = f"BUREAU DE POSTE {way.recipient.city.upper()}"
        context["removalPoint"] = {"name": name, "type": "bureau de poste"}
    if way.abroad:
        partner = {"name": f"Post {way.recipient.country}", "network": "UPU", "reference": ""}
        context["partner"] = partner
    return context

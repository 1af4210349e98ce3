"""La Poste, Suivi v2: letters, Colissimo and Chronopost.

Source: docs/carriers.md, "La Poste".
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Scan, Told
from integrations.carriers.base import Account, Parcel
from integrations.carriers.calls import ask, join, json_of, secret
from integrations.carriers.codes import table
from integrations.carriers.reading import at, code, country, items, mapping, oldest_first, text
from integrations.carriers.scanning import askable, scan_of
from integrations.carriers.times import Place, end_of_day, moment
from integrations.http import Outbound, Rejected, Request, Unavailable

HOME: Final = "Europe/Paris"
NUMBER: Final = re.compile(r"[0-9A-Za-z]{11,15}|[0-9]{18}", re.ASCII)
LANGUAGES: Final = {
    "fr": "fr_FR",
    "en": "en_GB",
    "de": "de_DE",
    "es": "es_ES",
    "it": "it_IT",
    "nl": "nl_NL",
}
CODES: Final = table("la_poste")


class LaPoste:
    """Asks about ten numbers a call; each has an answer of its own."""

    api: ClassVar[TrackingApi] = TrackingApi.LA_POSTE
    batch: ClassVar[int] = 10

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        """What the carrier says of each parcel. Raises: as `CarrierClient.track`."""
        asked, told = askable(parcels, NUMBER, self.batch)
        found: dict[str, Told | Rejected] = {**told}
        if not asked:
            return found
        language = next(iter(asked.values())).language[:2].lower()
        language = language if language in LANGUAGES else "fr"
        answer = await ask(out, _request(account, list(asked), language))
        if answer.status == 404:
            return found | {number: Told(number, found=False) for number in asked}
        elements = items(json_of(answer))
        if not any("returnCode" in element or "shipment" in element for element in elements):
            raise Unavailable("the answer holds no shipment")
        if len(elements) == len(asked) == 1 and not _number(elements[0]):
            elements[0]["idShip"] = next(iter(asked))
        by_number = {_number(element): element for element in elements}
        for number in asked:
            found[number] = _read(number, by_number.get(number.upper(), {}), language)
        return found


def _request(account: Account, numbers: list[str], language: str) -> Request:
    headers = {"X-Okapi-Key": secret(account, "okapi_key"), "Accept": "application/json"}
    if "forwarded_for" in account.secrets:
        headers["X-Forwarded-For"] = secret(account, "forwarded_for")
    path = "suivi/v2/idships/" + ",".join(numbers)
    return Request("GET", join(account.url, path, {"lang": LANGUAGES[language]}), headers)


def _number(element: dict[str, Any]) -> str:
    """The number that an element is about, upper case; an error names it at its root."""
    return (code(at(element, "shipment", "idShip")) or code(element.get("idShip"))).upper()


def _read(number: str, element: dict[str, Any], language: str) -> Told | Rejected:
    """An element's word on a number: no element is an unknown number, a 5xx is no news."""
    shipment = mapping(element.get("shipment"))
    returned = code(element.get("returnCode"))
    if returned in {"400", "401"}:
        return Rejected(f"status {returned}")
    if returned.startswith("5"):
        return Told(number)
    if returned not in {"200", "207", ""} or not shipment:
        return Told(number, found=False)
    events = items(shipment.get("event"))
    scans = [
        scan
        for place, event in enumerate(events)
        if (scan := _scan(event, len(events) - place, language)) is not None
    ]
    arrival = country(at(shipment, "contextData", "arrivalCountry"))
    return Told(
        number,
        oldest_first(scans),
        expected_at=end_of_day(text(shipment.get("estimDate")), Place(HOME, arrival)),
    )


def _scan(event: dict[str, Any], position: int, language: str) -> Scan | None:
    """An event; they are listed newest first. None without a code or a time."""
    raw_code, when = code(event.get("code")), moment(text(event.get("date")), Place(HOME))
    if not raw_code or when is None:
        return None
    label = text(event.get("label"))
    meaning = CODES.of(raw_code)
    return scan_of(raw_code, label, meaning, when, position=position, language=language, raw=event)

"""From the events of a carrier to what it tells of a parcel: order, words, and the way back."""

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final

from holidays.registry import COUNTRIES

from domain.shipments import TERMINAL, TOO_EARLY
from domain.shipments.scans import Proof, Scan, ShipmentReason, ShipmentStatus, Told
from integrations.carriers.base import Parcel
from integrations.carriers.codes import UNMAPPED, CodeTable, Meaning
from integrations.carriers.reading import country, oldest_first, text
from integrations.carriers.scanning import back_with_sender, scan_of
from integrations.carriers.times import Moment

START: Final = "^"
BACK: Final = frozenset({ShipmentStatus.RETURNING})
NUMBER: Final = re.compile(r"[0-9A-Za-z]{4,40}", re.ASCII)
ANY_NUMBER: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z ._/-]{2,63}", re.ASCII)
_TAG: Final = re.compile(r"<[^<>]{0,100}>")


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a carrier: its code, what that means, when, where, and all that was sent."""

    code: str
    label: str
    meaning: Meaning
    moment: Moment
    raw: Mapping[str, Any]
    location: str = ""
    postal_code: str = ""
    country: str | None = None
    language: str | None = None


def scans_of(events: Sequence[Event], *, newest_first: bool) -> tuple[Scan, ...]:
    """Scans, oldest first; those of one time in the order of the carrier."""
    listed = list(reversed(events)) if newest_first else list(events)
    return oldest_first([_scan(event, at) for at, event in enumerate(listed)])


def _scan(event: Event, position: int) -> Scan:
    return scan_of(
        event.code,
        event.label,
        event.meaning,
        event.moment,
        position=position,
        language=event.language,
        place=(event.location, event.postal_code, event.country),
        raw=event.raw,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """A carrier's word on a parcel as a whole; empty where it says nothing."""

    status: ShipmentStatus | None = None
    reason: ShipmentReason | None = None
    at: datetime | None = None


def of_this_parcel(told: Told, parcel: Parcel) -> Told:
    """Without the word on the parcel as a whole where it is one on an older parcel of its number.

    An end of a journey that has no date is not believed either.
    """
    older = told.status_at is not None and told.status_at < parcel.created_at - TOO_EARLY
    undated = told.status_at is None and told.status in TERMINAL
    if not (older or undated):
        return told
    return replace(told, status=None, reason=None, status_at=None, proof=None)


def came_back(scans: Iterable[Scan], *, known: bool = False) -> tuple[Scan, ...]:
    """Scans in which what was delivered on its way back is returned.

    A parcel that is handed over after it was on its way back is with its sender. `known` is a
    carrier's word that the whole delivery is one to the sender.
    """
    if not known:
        return back_with_sender(list(scans), BACK)
    ended = ShipmentStatus.DELIVERED
    return tuple(
        replace(scan, status=ShipmentStatus.RETURNED) if scan.status is ended else scan
        for scan in scans
    )


def last_status(scans: Sequence[Scan]) -> ShipmentStatus | None:
    """The status of the newest scan that has one."""
    return next((scan.status for scan in reversed(scans) if scan.status), None)


def proof_of(scans: Sequence[Scan], signed_by: str, place: str = "", url: str = "") -> Proof | None:
    """The hand-over that the newest scan tells; None while the parcel is not delivered."""
    if last_status(scans) is not ShipmentStatus.DELIVERED:
        return None
    done = next(scan for scan in reversed(scans) if scan.status)
    where = place or done.location
    return Proof(done.occurred_at, signed_by or None, where or None, url or None)


def folded(label: str) -> str:
    """A text for comparing: lower case, without accents, apostrophes alike."""
    plain = unicodedata.normalize("NFKD", label.replace("\u2019", "'").casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def by_words(table: CodeTable, label: str) -> Meaning:
    """What a text says: the first line of the table whose words are in it, or `UNMAPPED`.

    Shapes: a line that begins with `^` asks for its words at the beginning of the text.
    """
    said = folded(label)
    for words, meaning in table.items():
        if said.startswith(words[1:]) if words.startswith(START) else words in said:
            return meaning
    return UNMAPPED


def plain(value: Any) -> str:
    """A text without the markup and the entities that some carriers leave in it."""
    return text(html.unescape(_TAG.sub(" ", text(value))))


def two_letters(value: Any) -> str | None:
    """ISO 3166-1 alpha-2 of alpha-2 or alpha-3; None for neither."""
    said = text(value, 4).upper()
    return _alpha_2().get(said) if len(said) == 3 else country(said)


@cache
def _alpha_2() -> Mapping[str, str]:
    return {names[2]: names[1] for names in COUNTRIES.values()}


def same(one: str, other: str) -> bool:
    """Whether two spellings are one number or one postcode."""
    return _bare(one) == _bare(other) != ""


def _bare(number: str) -> str:
    return "".join(sign for sign in number.upper() if sign.isalnum())


def by_number(parcels: Iterable[Parcel]) -> Mapping[str, Parcel]:
    """The parcels that are asked about, by their numbers as carriers repeat them."""
    return {_bare(parcel.number): parcel for parcel in parcels}


def asked_as(parcels: Mapping[str, Parcel], number: str) -> Parcel | None:
    """The parcel of a number in an answer; None for one that nobody asked about."""
    return parcels.get(_bare(number))

"""UPS Track Alert: what UPS pushes, and the subscription to it.

Source: docs/carriers.md, "UPS".
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

import orjson

from domain.shipments.carriers import TrackingApi
from domain.shipments.scans import Proof, Scan, ShipmentStatus, Told
from integrations.carriers.base import Account
from integrations.carriers.calls import Tokens, join, json_of, loads
from integrations.carriers.reading import code, country, mapping, text
from integrations.carriers.signatures import body_key, check_static
from integrations.carriers.times import Place, end_of_day
from integrations.carriers.ups import HOME, headers_of, signed, ups_scan, when_of
from integrations.http import Outbound, Rejected, Request, Unavailable

MOST: Final = 100
LIVES_DAYS: Final = 14
NUMBER: Final = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}(?:[0-9A-Z]{12})?", re.ASCII)
PATH: Final = "api/track/v2/subscription/standard/package"
SECRET_HEADERS: Final = ("credential", "x-api-key")
STATUS: Final = {"statusCode": "descriptionCode", "code": "code", "type": "type"}


class UpsTrackAlert:
    """Reads one activity of one package a push."""

    api: ClassVar[TrackingApi] = TrackingApi.UPS

    def verify(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
        """Compare the secret of the subscription. Raises: BadSignature."""
        check_static(headers, SECRET_HEADERS, secrets)

    def delivery_key(self, headers: Mapping[str, str], body: bytes) -> str:
        """The SHA-256 of the body: pushes have no id."""
        return body_key(body)

    def read(self, body: bytes, now: datetime) -> Sequence[Told]:
        """The activity of a push. Raises: Rejected without a number, or for what is no JSON."""
        pushed = mapping(loads(body))
        number = code(pushed.get("trackingNumber"))
        if not number:
            raise Rejected("the push names no package")
        scan = _scan(pushed)
        home = Place(HOME, scan.country if scan else None)
        return [
            Told(
                number,
                (scan,) if scan else (),
                expected_at=end_of_day(text(pushed.get("scheduledDeliveryDate")), home),
                proof=_proof(pushed, scan),
            )
        ]


def _scan(pushed: Mapping[str, Any]) -> Scan | None:
    status = mapping(pushed.get("activityStatus"))
    address = mapping(pushed.get("activityLocation"))
    land = country(address.get("country")) or country(address.get("countryCode"))
    place = (text(address.get("city")), code(address.get("postalCode")), land)
    clocks = ("localActivityDate", "localActivityTime", "gmtActivityDate", "gmtActivityTime")
    when = when_of(
        tuple(text(pushed.get(name)) for name in clocks),
        code(pushed.get("gmtOffset")),
        Place(HOME, land, place[1]),
    )
    said = {name: status.get(theirs) for name, theirs in STATUS.items()}
    said["description"] = status.get("description")
    return ups_scan(said, when, place, ("", "en", 0), pushed)


def _proof(pushed: Mapping[str, Any], scan: Scan | None) -> Proof | None:
    if scan is None or scan.status is not ShipmentStatus.DELIVERED:
        return None
    return Proof(scan.occurred_at, text(pushed.get("receivedBy")) or None, scan.location)


@dataclass(frozen=True, slots=True)
class Callback:
    """Where UPS is to push to, and the secret that it sends in the header `credential`."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Which numbers are followed for the next 14 days, and which UPS does not take."""

    valid: frozenset[str]
    invalid: frozenset[str]


async def subscribe(
    out: Outbound, account: Account, tokens: Tokens, numbers: Sequence[str], callback: Callback
) -> Subscribed:
    """Ask UPS to push what happens to at most 100 packages. It tells no history: read it first.

    Raises: Rejected for more than 100; as `CarrierClient.track`.
    """
    if len(numbers) > MOST:
        raise Rejected(f"at most {MOST} numbers a subscription")
    wanted = [number for number in dict.fromkeys(numbers) if NUMBER.fullmatch(number)]
    unfit = frozenset(numbers) - frozenset(wanted)
    if not wanted:
        return Subscribed(frozenset(), unfit)
    body = _body(wanted, callback)
    url = join(account.url, PATH)
    answer = await signed(out, account, tokens).ask(
        lambda token: Request(
            "POST", url, {**headers_of(token), "Content-Type": "application/json"}, body
        ),
        (),
    )
    told = mapping(json_of(answer))
    if "validTrackingNumbers" not in told:
        raise Unavailable("the answer names no valid numbers")
    valid = frozenset(_texts(told["validTrackingNumbers"])) & frozenset(wanted)
    return Subscribed(valid, frozenset(numbers) - valid)


def _body(numbers: Sequence[str], callback: Callback) -> bytes:
    return orjson.dumps(
        {
            "locale": "en_US",
            "countryCode": "US",
            "trackingNumberList": list(numbers),
            "destination": {
                "url": callback.url,
                "credentialType": "Bearer",
                "credential": callback.secret,
            },
        }
    )


def _texts(value: Any) -> list[str]:
    return [code(each) for each in value] if isinstance(value, list) else []

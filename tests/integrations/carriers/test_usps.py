"""USPS: two clocks, markup in texts, and what goes back to its sender."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from domain.shipments.scans import ShipmentStatus
from integrations.carriers.base import CredentialRefused, Throttled
from integrations.carriers.usps import Usps
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import Reply, parcel, statuses
from tests.integrations.carriers.posts import ask, changed, golden, saying, told

NUMBER = "9400100000000000000000"
S = ShipmentStatus


def newest(**values: Any) -> Any:
    return changed("usps.json", lambda body: body["trackingEvents"][0].update(values))


def test_greenwichs_clock_gives_the_time_and_the_other_the_offset() -> None:
    found = told(Usps(), golden("usps.json"), NUMBER)

    assert statuses(found.scans) == [
        S.ANNOUNCED,
        S.ACCEPTED,
        S.IN_TRANSIT,
        S.OUT_FOR_DELIVERY,
        S.DELIVERED,
    ]
    last = found.scans[-1]
    assert last.occurred_at == datetime(2026, 1, 8, 19, 5, tzinfo=UTC)
    assert last.occurred_local.isoformat() == "2026-01-08T14:05:00"
    assert last.utc_offset == timedelta(hours=-5)
    assert (last.location, last.postal_code, last.country) == ("BOSTON, MA", "02108", "US")
    assert found.proof is not None
    assert found.proof.signed_by == "J SMITH"
    assert found.scans[2].raw_label == "ARRIVED AT USPS REGIONAL FACILITY \u2122"


def test_the_token_is_asked_for_in_json() -> None:
    carrier = saying(golden("usps.json"))
    ask(Usps(), carrier, parcel(NUMBER))
    token, call = carrier.asked
    assert token.url.path == "/oauth2/v3/token"
    assert orjson.loads(token.body) == {
        "grant_type": "client_credentials",
        "client_id": "id",
        "client_secret": "hush & <more>",
        "scope": "tracking",
    }
    assert call.url.path == f"/tracking/v3/tracking/{NUMBER}"
    assert dict(call.url.query) == {"expand": "DETAIL"}


@pytest.mark.parametrize("code", ["14", "16", "17", "DG"])
def test_what_waits_at_a_post_office_is_not_delivered(code: str) -> None:
    found = told(Usps(), newest(eventCode=code), NUMBER)
    assert (found.scans[-1].status, found.proof) == (S.AVAILABLE_FOR_PICKUP, None)


@pytest.mark.parametrize(
    "words",
    [
        {"eventType": "DELIVERED, TO ORIGINAL SENDER"},
        {"actionCode": "To Original Sender"},
        {"reasonCode": "to original<SUP>&nbsp;</SUP>sender"},
    ],
)
def test_delivered_to_the_original_sender_is_returned(words: dict[str, str]) -> None:
    found = told(Usps(), newest(**words), NUMBER)
    assert (found.scans[-1].status, found.proof) == (S.RETURNED, None)


def test_delivered_after_a_return_is_returned() -> None:
    def back(body: Any) -> None:
        body["trackingEvents"][1]["eventCode"] = "09"

    found = told(Usps(), changed("usps.json", back), NUMBER)
    assert statuses(found.scans)[-2:] == [S.RETURNING, S.RETURNED]


@pytest.mark.parametrize(
    ("category", "summary", "expected"),
    [
        ("Alert", "", S.EXCEPTION),
        ("In-Transit", "", S.IN_TRANSIT),
        ("Delivered", "Your item was delivered.", S.DELIVERED),
        ("Delivered", "Your item was delivered to original sender.", S.RETURNED),
        ("Something", "", None),
    ],
)
def test_the_category_stands_where_the_newest_code_is_unknown(
    category: str, summary: str, expected: S | None
) -> None:
    body = newest(eventCode="QQ")
    body.update(statusCategory=category, statusSummary=summary)
    found = told(Usps(), body, NUMBER)
    assert found.status is expected
    assert (found.scans[-1].status, found.scans[-1].mapped) == (None, False)


def test_the_category_does_not_stand_over_a_code() -> None:
    assert told(Usps(), newest(eventCode="14"), NUMBER).status is None


def test_without_greenwichs_clock_the_offset_or_the_place_is_used() -> None:
    written = told(Usps(), newest(GMTTimestamp=None), NUMBER).scans[-1]
    assert written.occurred_at == datetime(2026, 1, 8, 19, 5, tzinfo=UTC)
    placed = told(Usps(), newest(GMTTimestamp=None, GMTOffset=None), NUMBER).scans[-1]
    assert placed.occurred_at == datetime(2026, 1, 8, 19, 5, tzinfo=UTC)


def failed(status: int, **headers: str) -> Reply:
    error = {"code": str(status), "message": "x", "errors": [{"status": str(status)}]}
    return Reply({"apiVersion": "3", "error": error}, status, headers)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (failed(401), CredentialRefused),
        (failed(400), Rejected),
        (failed(500), Unavailable),
        (failed(503), Unavailable),
        (Reply(b"<html></html>"), Unavailable),
        (Reply({"trackingNumber": "9400199999999999999999", "trackingEvents": []}), Unavailable),
    ],
)
def test_each_form_of_failure_is_told_apart(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(Usps(), saying(reply), parcel(NUMBER))


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_is_asked_for_is_told(status: int) -> None:
    with pytest.raises(Throttled) as caught:
        ask(Usps(), saying(failed(status, **{"Retry-After": "120"})), parcel(NUMBER))
    assert caught.value.seconds == 120


def test_an_unknown_number_is_no_news_by_status_or_inside_a_200() -> None:
    assert told(Usps(), failed(404), NUMBER).found is False
    assert told(Usps(), {"error": {"code": "404"}}, NUMBER).found is False

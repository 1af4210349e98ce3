"""GLS: the status of the parcel decides; a parcel shop is no delivery."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.shipments.scans import ShipmentReason, ShipmentStatus
from integrations.carriers.base import CredentialRefused, Parcel, Throttled
from integrations.carriers.gls import Gls
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import MADE, Reply, parcel, statuses
from tests.integrations.carriers.posts import ask, changed, golden, saying, told

NUMBER, OTHER = "36300000001", "36300000002"
S = ShipmentStatus


def first(**values: Any) -> Any:
    return changed("gls.json", lambda body: body["parcels"][0].update(values))


def test_a_parcel_shop_is_not_a_delivery() -> None:
    found = told(Gls(), golden("gls.json"), NUMBER)

    assert found.status is S.AVAILABLE_FOR_PICKUP
    assert found.status_at == datetime(2026, 1, 8, 6, 24, 57, tzinfo=UTC)
    assert statuses(found.scans) == [S.ANNOUNCED, S.ACCEPTED, S.AVAILABLE_FOR_PICKUP]
    assert found.scans[0].utc_offset == timedelta(hours=1)
    assert found.proof is None


def test_ten_numbers_a_call_each_with_its_own_answer() -> None:
    carrier = saying(golden("gls.json"))
    found = ask(Gls(), carrier, parcel(NUMBER), parcel(OTHER))

    assert found[OTHER].found is False  # type: ignore[union-attr]
    call = carrier.asked[-1]
    assert call.url.path == f"/track-and-trace-v1/tracking/simple/trackids/{NUMBER},{OTHER}"
    assert dict(call.url.query) == {"showEvents": "true", "showLinks": "false"}
    assert call.headers["Accept-Language"] == "EN"
    with pytest.raises(Rejected):
        ask(Gls(), carrier, *(parcel(f"363000000{at:02}") for at in range(11)))


@pytest.mark.parametrize(
    ("error", "refused", "found"),
    [
        ("E_404_01", False, False),
        ("E_404_02", False, False),
        ("E_500_01", False, True),
        ("E_400_01", True, None),
        ("E_400_02", True, None),
        ("E_400_03", True, None),
    ],
)
def test_an_error_of_one_parcel_leaves_the_others(
    error: str, refused: bool, found: bool | None
) -> None:
    body = changed("gls.json", lambda body: body["parcels"][1].update(errorCode=error))
    said = ask(Gls(), saying(body), parcel(NUMBER), parcel(OTHER))
    assert isinstance(said[OTHER], Rejected) is refused
    assert getattr(said[OTHER], "found", None) is found
    assert said[NUMBER].scans  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PREADVICE", S.ANNOUNCED),
        ("DELIVERED", S.DELIVERED),
        ("NOTDELIVERED", S.DELIVERY_FAILED),
        ("FINAL", None),
        ("SOMETHING", None),
    ],
)
def test_the_status_of_the_parcel_is_its_word(status: str, expected: S | None) -> None:
    assert told(Gls(), first(status=status), NUMBER).status is expected


def test_a_failed_pickup_is_still_only_announced() -> None:
    found = told(Gls(), first(status="NOTPICKEDUP"), NUMBER)
    assert (found.status, found.reason) == (S.ANNOUNCED, ShipmentReason.OTHER)


def delivered_event(status: str) -> Any:
    event = {"code": "DELIVD.NEIGHBOUR", "eventDateTime": "2026-01-08T07:24:52+0100"}
    return first(status=status, events=[event])


def test_an_event_of_delivery_proves_nothing_while_the_parcel_as_a_whole_is_not() -> None:
    assert statuses(told(Gls(), delivered_event("DELIVERED"), NUMBER).scans) == [S.DELIVERED]
    assert statuses(told(Gls(), delivered_event("FINAL"), NUMBER).scans) == [S.DELIVERED]
    assert statuses(told(Gls(), delivered_event("DELIVEREDPS"), NUMBER).scans) == [None]


def test_the_status_of_an_older_parcel_of_the_number_does_not_stand() -> None:
    later = Parcel(NUMBER, MADE + timedelta(days=60))
    found = ask(Gls(), saying(first(status="DELIVERED")), later)[NUMBER]
    assert found.status is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"type": "about:blank", "title": "Bad Request", "status": 400}, 400), Rejected),
        (Reply({"fault": {"detail": {"errorcode": "steps.jwt.x"}}}, 401), CredentialRefused),
        (Reply({"fault": {"faultstring": "quota"}}, 429, {"Retry-After": "60"}), Throttled),
        (Reply(b"<html></html>", 502), Unavailable),
        (Reply(b'{"parcels":[{"requ'), Unavailable),
        (Reply({"fault": {}}), Unavailable),
    ],
)
def test_each_form_of_failure_is_told_apart(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(Gls(), saying(reply), parcel(NUMBER))

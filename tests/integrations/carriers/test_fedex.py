"""FedEx: batches, numbers used again, reasons, returns, and its push."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from domain.shipments import deciding
from domain.shipments.scans import ShipmentReason, ShipmentStatus
from integrations.carriers.base import BadSignature, CredentialRefused, Throttled
from integrations.carriers.fedex import FedEx, FedExPush
from integrations.carriers.proofs import hmac_base64
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import MADE, NOW, Reply, parcel, statuses
from tests.integrations.carriers.posts import ask, changed, golden, saying, told

NUMBER = "771234567890"
REF = "12026~771234567890~FDEG"
S, R = ShipmentStatus, ShipmentReason


def results(body: Any) -> Any:
    return body["output"]["completeTrackResults"][0]["trackResults"]


def scan(status: str, reason: str = "", at: str = "2026-01-08T10:30:00+01:00") -> dict[str, Any]:
    return {"date": at, "derivedStatusCode": status, "exceptionCode": reason}


def with_scans(*scans: dict[str, Any]) -> Any:
    return changed("fedex.json", lambda body: results(body)[0].update(scanEvents=list(scans)))


def test_a_delivery_is_told_with_all_its_scans_proof_and_reference() -> None:
    found = told(FedEx(), golden("fedex.json"), NUMBER)

    assert statuses(found.scans) == [S.ANNOUNCED, S.ACCEPTED, S.OUT_FOR_DELIVERY, S.DELIVERED]
    last = found.scans[-1]
    assert last.occurred_at == datetime(2026, 1, 8, 9, 30, tzinfo=UTC)
    assert (last.utc_offset, last.postal_code, last.country) == (timedelta(hours=1), "69003", "FR")
    assert found.carrier_ref == REF
    assert found.proof is not None
    assert (found.proof.signed_by, found.proof.place) == ("DUPONT", "LYON")
    assert found.status is None


def test_the_credential_is_in_the_forms_body_and_the_token_in_the_call() -> None:
    carrier = saying(golden("fedex.json"))
    ask(FedEx(), carrier, parcel(NUMBER), parcel("771234567891", carrier_ref="REF-2"))

    token, call = carrier.asked
    assert token.url.path == "/oauth/token"
    assert b"client_id=id" in token.body
    assert "Authorization" not in token.headers
    assert call.url.path == "/track/v1/trackingnumbers"
    assert call.headers["Authorization"] == "Bearer tok"
    assert call.headers["X-locale"] == "en_US"
    assert call.headers["x-customer-transaction-id"]
    first, second = orjson.loads(call.body)["trackingInfo"]
    assert first["shipDateBegin"] == "2026-01-02"
    assert second == {
        "trackingNumberInfo": {"trackingNumber": "771234567891", "trackingNumberUniqueId": "REF-2"}
    }


def test_thirty_one_numbers_are_too_many() -> None:
    with pytest.raises(Rejected):
        ask(FedEx(), saying({}), *(parcel(f"7712345678{at:02}") for at in range(31)))


def test_an_error_inside_a_200_is_about_one_number() -> None:
    def other(number: str, error: str) -> dict[str, Any]:
        said = {"trackingNumberInfo": {"trackingNumber": number}, "error": {"code": error}}
        return {"trackingNumber": number, "trackResults": [said]}

    body = changed(
        "fedex.json",
        lambda body: body["output"]["completeTrackResults"].extend(
            [
                other("111111111111", "TRACKING.TRACKINGNUMBER.NOTFOUND"),
                other("222222222222", "BAD"),
            ]
        ),
    )
    found = ask(FedEx(), saying(body), *map(parcel, (NUMBER, "111111111111", "222222222222")))

    assert found["111111111111"].found is False  # type: ignore[union-attr]
    assert isinstance(found["222222222222"], Rejected)
    assert found[NUMBER].scans  # type: ignore[union-attr]


def recycled(body: Any) -> None:
    old = orjson.loads(orjson.dumps(results(body)[0]))
    old["trackingNumberInfo"]["trackingNumberUniqueId"] = "OLD"
    old["dateAndTimes"] = [{"type": "SHIP", "dateTime": "2025-03-01T00:00:00+01:00"}]
    old["scanEvents"] = [scan("DL", at="2025-03-04T10:00:00+01:00")]
    results(body).insert(0, old)
    results(body)[1]["scanEvents"].pop(0)


def test_of_a_number_used_again_the_parcel_whose_ship_date_fits_is_told() -> None:
    found = told(FedEx(), changed("fedex.json", recycled), NUMBER)
    assert found.carrier_ref == REF
    assert S.DELIVERED not in statuses(found.scans)


def test_a_known_reference_finds_its_parcel_whatever_the_dates() -> None:
    found = told(FedEx(), changed("fedex.json", recycled), NUMBER, carrier_ref="OLD")
    assert found.carrier_ref == "OLD"


def test_where_all_parcels_of_a_number_are_older_it_is_not_known_yet() -> None:
    def all_old(body: Any) -> None:
        recycled(body)
        results(body)[1]["dateAndTimes"] = [{"type": "SHIP", "dateTime": "2025-06-01"}]

    assert told(FedEx(), changed("fedex.json", all_old), NUMBER).found is False


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("DE", "07", (S.DELIVERY_FAILED, R.REFUSED)),
        ("DE", "08", (S.DELIVERY_FAILED, R.ABSENT)),
        ("DE", "", (S.DELIVERY_FAILED, None)),
        ("DE", "99", (S.DELIVERY_FAILED, None)),
        ("DE", "10", (S.EXCEPTION, R.DAMAGED)),
        ("SE", "84", (S.EXCEPTION, R.DELAY)),
        ("SE", "", (S.EXCEPTION, None)),
        ("OD", "07", (S.OUT_FOR_DELIVERY, None)),
    ],
)
def test_exceptions_say_why(status: str, reason: str, expected: Any) -> None:
    (one,) = told(FedEx(), with_scans(scan(status, reason)), NUMBER).scans
    assert (one.status, one.reason) == expected
    assert one.raw_code == "/".join(filter(None, (status, reason)))


def test_delivered_after_a_return_to_the_shipper_is_returned() -> None:
    body = with_scans(
        scan("DL", at="2026-01-09T10:00:00+01:00"), scan("RS", at="2026-01-08T10:00:00+01:00")
    )
    found = told(FedEx(), body, NUMBER)
    assert statuses(found.scans) == [S.RETURNING, S.RETURNED]
    assert found.proof is None


def test_a_number_of_its_own_for_the_way_back_makes_a_delivery_a_return() -> None:
    def back(body: Any) -> None:
        kinds = [{"type": "RETURNED_TO_SHIPPER_TRACKING_NUMBER", "values": ["1"]}]
        results(body)[0]["additionalTrackingInfo"]["packageIdentifiers"] = kinds

    assert S.DELIVERED not in statuses(told(FedEx(), changed("fedex.json", back), NUMBER).scans)


def test_a_pickup_that_is_scanned_late_does_not_undo_a_delivery() -> None:
    body = with_scans(scan("PU", at="2026-01-09T10:00:00+01:00"), scan("DL"))
    last = deciding(told(FedEx(), body, NUMBER).scans, NOW)
    assert last is not None
    assert last.status is S.DELIVERED


def test_an_unmapped_code_has_no_status() -> None:
    (one,) = told(FedEx(), with_scans(scan("ZZ")), NUMBER).scans
    assert (one.status, one.mapped) == (None, False)


def test_the_latest_status_stands_where_no_scan_is_listed() -> None:
    found = told(FedEx(), with_scans(), NUMBER)
    assert (found.status, found.status_at) == (S.DELIVERED, datetime(2026, 1, 8, 9, 30, tzinfo=UTC))


def test_the_latest_status_of_an_older_parcel_does_not_stand() -> None:
    assert told(FedEx(), with_scans(), NUMBER, service=None).status is S.DELIVERED
    late = parcel(NUMBER)
    later = type(late)(NUMBER, MADE + timedelta(days=60))
    found = ask(FedEx(), saying(with_scans()), later)[NUMBER]
    assert found.status is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply({"errors": [{"code": "NOT.AUTHORIZED.ERROR"}]}, 401), CredentialRefused),
        (Reply({"errors": [{"code": "FORBIDDEN.ERROR"}]}, 403), CredentialRefused),
        (Reply({"errors": []}, 429, {"Retry-After": "7"}), Throttled),
        (Reply({"errors": []}, 400), Rejected),
        (Reply({"errors": []}, 500), Unavailable),
        (Reply({"errors": []}, 503), Unavailable),
        (Reply(b"<html>down for maintenance</html>"), Unavailable),
        (Reply(b""), Unavailable),
        (Reply({"output": {}}), Unavailable),
    ],
)
def test_each_form_of_failure_is_told_apart(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(FedEx(), saying(reply), parcel(NUMBER))


def test_a_token_that_is_refused_is_fetched_anew_once() -> None:
    carrier = saying(Reply({}, 401), golden("fedex.json"))
    assert ask(FedEx(), carrier, parcel(NUMBER))[NUMBER].found  # type: ignore[union-attr]
    assert [asked.url.path for asked in carrier.asked] == [
        "/oauth/token",
        "/track/v1/trackingnumbers",
    ] * 2


PUSH = orjson.dumps(golden("fedex.json")["output"]["completeTrackResults"][0])


def test_a_push_is_verified_against_every_valid_secret() -> None:
    push = FedExPush()
    signature = hmac_base64("old", PUSH)
    push.verify({"fdx-signature": signature}, PUSH, ["new", "old"])
    for headers, secrets in (
        ({"fdx-signature": signature}, ["new"]),
        ({"fdx-signature": signature[:-4]}, ["old"]),
        ({"fdx-signature": hmac_base64("", PUSH)}, [""]),
        ({"fdx-signature": "é"}, ["old"]),
        ({}, ["old"]),
    ):
        with pytest.raises(BadSignature):
            push.verify(headers, PUSH, secrets)


def test_the_signature_is_of_the_raw_body_as_published() -> None:
    # RFC 4231, test case 2.
    assert hmac_base64("Jefe", b"what do ya want for nothing?") == (
        "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
    )


@pytest.mark.parametrize("whole", [True, False])
def test_a_push_tells_its_parcel_and_is_known_again_by_its_body(whole: bool) -> None:
    body = orjson.dumps(golden("fedex.json")) if whole else PUSH
    (found,) = FedExPush().read(body, NOW)
    assert found.number == NUMBER
    assert found.scans == told(FedEx(), golden("fedex.json"), NUMBER).scans
    key = FedExPush().delivery_key({}, body)
    assert key == FedExPush().delivery_key({}, bytes(body))
    assert key != FedExPush().delivery_key({}, body + b" ")

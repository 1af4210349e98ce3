"""Royal Mail: the category decides, but not over an event that names the sender."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.shipments.scans import ShipmentReason, ShipmentStatus
from integrations.carriers.base import CredentialRefused, Parcel, Throttled
from integrations.carriers.royal_mail import RoyalMail, meaning
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import MADE, Reply, parcel, statuses
from tests.integrations.carriers.posts import ask, changed, golden, saying, told

NUMBER, OTHER = "FQ000000019GB", "FQ000000022GB"
S = ShipmentStatus


def summed(category: str, name: str, **more: Any) -> Any:
    def change(body: Any) -> None:
        about = {"statusCategory": category, "lastEventName": name, "lastEventCode": "EVXXX"}
        body["mailPieces"][0]["summary"].update(about | more)

    return changed("royal_mail_summary.json", change)


def test_one_parcel_is_asked_for_with_its_events() -> None:
    carrier = saying(golden("royal_mail_events.json"))
    found = ask(RoyalMail(), carrier, parcel(NUMBER))[NUMBER]

    assert (found.status, found.reason) == (S.IN_TRANSIT, ShipmentReason.MISROUTED)  # type: ignore[union-attr]
    assert statuses(found.scans) == [S.ACCEPTED, S.IN_TRANSIT]  # type: ignore[union-attr]
    assert found.expected_at == datetime(2026, 1, 7, 11, tzinfo=UTC)  # type: ignore[union-attr]
    (call,) = carrier.asked
    assert call.url.path == f"/mailpieces/v2/{NUMBER}/events"
    assert call.headers["X-IBM-Client-Id"] == "id"
    assert call.headers["X-IBM-Client-Secret"] == "hush & <more>"
    assert call.headers["X-Accept-RMG-Terms"] == "yes"


def test_several_are_asked_for_in_short_and_each_has_its_own_status() -> None:
    carrier = saying(golden("royal_mail_summary.json"))
    found = ask(RoyalMail(), carrier, parcel(NUMBER), parcel(OTHER))

    assert found[NUMBER].status is S.DELIVERED  # type: ignore[union-attr]
    assert statuses(found[NUMBER].scans) == [S.DELIVERED]  # type: ignore[union-attr]
    assert found[OTHER].found is False  # type: ignore[union-attr]
    (call,) = carrier.asked
    assert call.url.path == "/mailpieces/v2/summary"
    assert call.url.query["mailPieceId"] == f"{NUMBER},{OTHER}"
    with pytest.raises(Rejected):
        ask(RoyalMail(), carrier, *(parcel(f"FQ0000{at:05}GB") for at in range(31)))


@pytest.mark.parametrize(
    ("category", "name", "expected"),
    [
        ("DELIVERED", "Delivered", S.DELIVERED),
        ("Delivered", "Delivered to neighbour", S.DELIVERED),
        ("DELIVERED", "Delivered to sender", S.RETURNED),
        ("RETURN TO SENDER", "Delivered to Sender", S.RETURNED),
        ("RETURN TO SENDER", "Return to sender", S.RETURNING),
        ("DELIVERED", "Delivered to Collection Point", S.AVAILABLE_FOR_PICKUP),
        ("ATTEMPTED DELIVERY", "No answer", S.DELIVERY_FAILED),
        ("AVAILABLE FOR COLLECTION", "Awaiting Collection", S.AVAILABLE_FOR_PICKUP),
        ("OUT FOR DELIVERY", "Ready for delivery", S.OUT_FOR_DELIVERY),
        ("SENDER PREPARING", "Sender despatching item", S.ANNOUNCED),
        ("SOMETHING NEW", "Delivered", None),
    ],
)
def test_the_category_and_the_last_event_say_where_the_item_is(
    category: str, name: str, expected: S | None
) -> None:
    assert told(RoyalMail(), summed(category, name), NUMBER).status is expected


def test_delivered_after_a_return_is_returned() -> None:
    def back(body: Any) -> None:
        pieces = body["mailPieces"]
        pieces["summary"].update(statusCategory="DELIVERED", lastEventName="Delivered")
        pieces["events"][0].update(eventCode="EVXXX", eventName="Delivered")
        pieces["events"][1].update(eventCode="EVYYY", eventName="Return to sender")

    found = told(RoyalMail(), changed("royal_mail_events.json", back), NUMBER)
    assert found.status is S.RETURNED
    assert statuses(found.scans) == [S.RETURNING, S.RETURNED]
    assert found.proof is None


def test_a_category_of_delivery_after_a_return_is_one_to_the_sender() -> None:
    def back(body: Any) -> None:
        pieces = body["mailPieces"]
        pieces["summary"].update(statusCategory="DELIVERED", lastEventName="Handed over")
        pieces["events"][0].update(eventCode="EVXXX", eventName="Handed over")
        pieces["events"][1].update(eventCode="EVYYY", eventName="Return to sender")

    assert told(RoyalMail(), changed("royal_mail_events.json", back), NUMBER).status is S.RETURNED


def test_words_that_name_the_sender_go_before_a_code() -> None:
    assert meaning("EVNMI", "Forwarded - Mis-sort").status is S.IN_TRANSIT
    assert meaning("EVNMI", "Delivered to sender").status is S.RETURNED


@pytest.mark.parametrize(
    "name",
    [
        "Not delivered",
        "Could not be delivered",
        "Undelivered",
        "To be delivered tomorrow",
        "Your item was delivered",
        "We tried to deliver",
        "Delivered to Post Office",
        "",
    ],
)
def test_a_text_that_merely_has_the_word_in_it_is_no_delivery(name: str) -> None:
    assert meaning("EVXXX", name).status is not S.DELIVERED


def test_the_word_on_an_older_item_of_the_number_does_not_stand() -> None:
    later = Parcel(NUMBER, MADE + timedelta(days=60))
    found = ask(RoyalMail(), saying(golden("royal_mail_summary.json")), later)[NUMBER]
    assert (found.status, found.proof) == (None, None)  # type: ignore[union-attr]


def failed(code: str, status: int, **headers: str) -> Reply:
    return Reply({"httpCode": str(status), "errors": [{"errorCode": code}]}, status, headers)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (failed("E0004", 400), Rejected),
        (failed("E0016", 403), CredentialRefused),
        (failed("E0009", 500), Unavailable),
        (failed("", 429), Throttled),
        (Reply(b"<html>maintenance</html>"), Unavailable),
        (Reply({"mailPieces": "none"}), Unavailable),
    ],
)
def test_each_form_of_failure_is_told_apart(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(RoyalMail(), saying(reply), parcel(NUMBER))


def test_an_item_that_is_not_recognised_is_no_news() -> None:
    assert told(RoyalMail(), failed("E1142", 404), NUMBER).found is False

"""Each code that these carriers publish is mapped, or says by itself that it leaves the status."""

from collections.abc import Mapping

import pytest

from integrations.carriers.codes import table

FEDEX = {
    "OC": "ANNOUNCED",
    "CA": "CANCELLED",
    "PU PX": "ACCEPTED",
    "AA AC AF AO AR AX DP DS EA ED EO EP FD IT IX LO OF OW OX PF PL PM SF SP TR": "IN_TRANSIT",
    "CC CP": "IN_TRANSIT",
    "CD": "EXCEPTION CUSTOMS_HOLD",
    "DD DY": "IN_TRANSIT DELAY",
    "OD AD": "OUT_FOR_DELIVERY",
    "HL HP": "AVAILABLE_FOR_PICKUP",
    "DL": "DELIVERED",
    "DE": "DELIVERY_FAILED",
    "SE": "EXCEPTION",
    "RS": "RETURNING",
    "AP CH DR LP PD RC RD RG RM RP RR": "",
}
FEDEX_REASONS = {
    "07": "DELIVERY_FAILED REFUSED",
    "08": "DELIVERY_FAILED ABSENT",
    "15": "DELIVERY_FAILED CLOSED",
    "03": "DELIVERY_FAILED BAD_ADDRESS",
    "06": "DELIVERY_FAILED MOVED",
    "02 84": "DELIVERY_FAILED DELAY",
    "29 71": "DELIVERY_FAILED REDIRECTED",
    "10": "EXCEPTION DAMAGED",
    "17": "DELIVERY_FAILED RECIPIENT_REQUEST",
    "27": "EXCEPTION CUSTOMS_HOLD",
}
GLS = {
    "PREADVICE PLANNEDPICKUP INPICKUP": "ANNOUNCED",
    "NOTPICKEDUP": "ANNOUNCED OTHER",
    "INTRANSIT INWAREHOUSE": "IN_TRANSIT",
    "INDELIVERY": "OUT_FOR_DELIVERY",
    "DELIVEREDPS": "AVAILABLE_FOR_PICKUP",
    "DELIVERED": "DELIVERED",
    "NOTDELIVERED": "DELIVERY_FAILED",
    "CANCELED": "CANCELLED",
    "FINAL": "",
}
GLS_EVENTS = {
    "INTIAL.NORMAL": "ACCEPTED",
    "INTIAL.PREADVICE E48_DATA": "ANNOUNCED",
    "DELIVD.PARCELSHOP": "AVAILABLE_FOR_PICKUP",
    "DELIVD.*": "DELIVERED",
    "CANCEL.*": "CANCELLED",
    "CHANGD.*": "",
}
POSTNL = {
    "1 13 14": "ANNOUNCED",
    "2 3 23": "ACCEPTED",
    "4": "ANNOUNCED OTHER",
    "5 9 20": "IN_TRANSIT",
    "6": "IN_TRANSIT DELAY",
    "7": "OUT_FOR_DELIVERY",
    "8": "DELIVERY_FAILED",
    "10 99": "",
    "11 22": "DELIVERED",
    "12": "AVAILABLE_FOR_PICKUP",
    "15 16 17": "EXCEPTION DELAY",
    "18": "LOST",
    "19 21": "EXCEPTION",
}
ROYAL_MAIL = {
    "in transit|customs": "IN_TRANSIT",
    "delivered": "DELIVERED",
    "attempted delivery": "DELIVERY_FAILED",
    "ready for delivery|out for delivery": "OUT_FOR_DELIVERY",
    "available for collection": "AVAILABLE_FOR_PICKUP",
    "return to sender": "RETURNING",
    "accepted|collected": "ACCEPTED",
    "sender preparing|advised": "ANNOUNCED",
}
MONDIAL_RELAY = {
    "80": "ANNOUNCED",
    "81": "IN_TRANSIT",
    "82": "DELIVERED",
    "83": "EXCEPTION",
    "84 85 86 87 88 89": "",
}
USPS = {
    "MA GX TM 89": "ANNOUNCED",
    "03 OA 43 UA 80": "ACCEPTED",
    "10 07 42 81 82 PC SF 61 62 L1 NT A1 T1 U1": "IN_TRANSIT",
    "OF 59": "OUT_FOR_DELIVERY",
    "14 16 17 DG": "AVAILABLE_FOR_PICKUP",
    "01 I0": "DELIVERED",
    "02 52 57 30": "DELIVERY_FAILED",
    "51": "DELIVERY_FAILED CLOSED",
    "53 54 55": "DELIVERY_FAILED NO_ACCESS",
    "56": "DELIVERY_FAILED ID_CHECK",
    "04": "DELIVERY_FAILED REFUSED",
    "05 21 22 24 26 28": "EXCEPTION BAD_ADDRESS",
    "23 25": "EXCEPTION MOVED",
    "27": "EXCEPTION UNCLAIMED",
    "09 29 31": "RETURNING",
    "08": "IN_TRANSIT MISROUTED",
    "71": "LOST",
}
USPS_CATEGORIES = {
    "pre-shipment": "ANNOUNCED",
    "accepted": "ACCEPTED",
    "in transit|in-transit": "IN_TRANSIT",
    "out for delivery": "OUT_FOR_DELIVERY",
    "delivered": "DELIVERED",
    "available for pickup": "AVAILABLE_FOR_PICKUP",
    "delivery attempt": "DELIVERY_FAILED",
    "alert": "EXCEPTION",
    "return to sender": "RETURNING",
}
UPU = {
    "EMA": "ACCEPTED",
    "EXA EXC EMB EMC EMJ EMK EMD EDB EDC EMF EDD EDE EMG": "IN_TRANSIT",
    "EXB EME": "EXCEPTION CUSTOMS_HOLD",
    "EXD EDA EDF": "EXCEPTION",
    "EXX EDX": "RETURNING",
    "EDG": "OUT_FOR_DELIVERY",
    "EDH": "AVAILABLE_FOR_PICKUP",
    "EMH": "DELIVERY_FAILED",
    "EMI": "DELIVERED",
}
INPOST = {
    "created offers_prepared offer_selected confirmed": "ANNOUNCED",
    "dispatched_by_sender dispatched_by_sender_to_pok collected_from_sender taken_by_courier "
    "taken_by_courier_from_pok": "ACCEPTED",
    "adopted_at_* sent_from_* readdressed redirect_to_box unstack_*": "IN_TRANSIT",
    "out_for_delivery out_for_delivery_to_address": "OUT_FOR_DELIVERY",
    "ready_to_pickup* pickup_reminder_sent* stack_in_* avizo courier_avizo_in_*": (
        "AVAILABLE_FOR_PICKUP"
    ),
    "delivered claimed": "DELIVERED",
    "pickup_time_expired stack_parcel_*_expired": "RETURNING UNCLAIMED",
    "returned_to_sender taken_by_courier_from_customer_service_point": "RETURNED",
    "rejected_by_receiver": "DELIVERY_FAILED REFUSED",
    "undelivered_wrong_* undelivered_incomplete_* undelivered_unknown_*": (
        "DELIVERY_FAILED BAD_ADDRESS"
    ),
    "undelivered_*": "DELIVERY_FAILED",
    "undelivered oversized": "EXCEPTION",
    "missing": "LOST",
    "delay_in_delivery": "IN_TRANSIT DELAY",
    "canceled": "CANCELLED",
}
BPOST = {
    "T00": "IN_TRANSIT",
    "L00": "OUT_FOR_DELIVERY",
    "U00 U01 U02 U03 U04 U05 U06 U07 U08": "DELIVERED",
}
DPD = {
    "SHIPMENT": "ANNOUNCED",
    "ACCEPTED PICKEDUP": "ACCEPTED",
    "ATSENDINGDEPOT ONTHEROAD BETWEENDEPOTS ATDELIVERYDEPOT DEPOT": "IN_TRANSIT",
    "COURIER": "OUT_FOR_DELIVERY",
    "DELIVERED PICKEDUPBYCONSIGNEE": "DELIVERED",
    "PARCELSHOP": "AVAILABLE_FOR_PICKUP",
    "DELIVERYFAILURE RETURNINGFROMDELIVERY": "DELIVERY_FAILED",
}
EASYPOST = {
    "unknown error": "UNKNOWN",
    "pre_transit": "ANNOUNCED",
    "in_transit": "IN_TRANSIT",
    "out_for_delivery": "OUT_FOR_DELIVERY",
    "available_for_pickup": "AVAILABLE_FOR_PICKUP",
    "delivered": "DELIVERED",
    "return_to_sender": "RETURNING",
    "failure": "DELIVERY_FAILED",
    "cancelled": "CANCELLED",
}
WHOLE = {
    "fedex": FEDEX,
    "fedex_reasons": FEDEX_REASONS,
    "gls": GLS,
    "gls_events": GLS_EVENTS,
    "postnl": POSTNL,
    "royal_mail": ROYAL_MAIL,
    "mondial_relay": MONDIAL_RELAY,
    "usps": USPS,
    "usps_categories": USPS_CATEGORIES,
    "upu": UPU,
    "inpost": INPOST,
    "bpost": BPOST,
    "dpd": DPD,
    "easypost": EASYPOST,
}
AFTERSHIP = {
    "Pending": "UNKNOWN",
    "InfoReceived": "ANNOUNCED",
    "InTransit": "IN_TRANSIT",
    "OutForDelivery": "OUT_FOR_DELIVERY",
    "AvailableForPickup": "AVAILABLE_FOR_PICKUP",
    "AttemptFail": "DELIVERY_FAILED",
    "Exception": "EXCEPTION",
    "Delivered Delivered_001 Delivered_002": "DELIVERED",
    "Expired": "",
    "InTransit_002": "ACCEPTED",
    "Exception_002": "EXCEPTION MOVED",
    "Exception_003": "EXCEPTION REFUSED",
    "Exception_004": "EXCEPTION CUSTOMS_HOLD",
    "Exception_010": "RETURNING",
    "Exception_011": "RETURNED",
    "Exception_012": "EXCEPTION DAMAGED",
    "Exception_013": "LOST",
    "AttemptFail_001": "DELIVERY_FAILED ABSENT",
    "AttemptFail_002": "DELIVERY_FAILED CLOSED",
}
SEVENTEEN_TRACK = {
    "NotFound": "UNKNOWN",
    "InfoReceived": "ANNOUNCED",
    "InTransit": "IN_TRANSIT",
    "InTransit_PickedUp": "ACCEPTED",
    "Expired": "",
    "AvailableForPickup": "AVAILABLE_FOR_PICKUP",
    "OutForDelivery": "OUT_FOR_DELIVERY",
    "DeliveryFailure": "DELIVERY_FAILED",
    "Delivered": "DELIVERED",
    "Exception": "EXCEPTION",
    "Exception_Returning": "RETURNING",
    "Exception_Returned": "RETURNED",
    "Exception_Lost Exception_Destroyed": "LOST",
    "Exception_Cancel": "CANCELLED",
}


PHRASES = frozenset({"royal_mail", "usps_categories"})
"""Tables whose codes are phrases, here separated by a bar."""


def published(name: str, rows: Mapping[str, str]) -> dict[str, str]:
    """Codes one by one, with their status and reason."""
    separator = "|" if name in PHRASES else None
    return {code: said for codes, said in rows.items() for code in codes.split(separator)}


def mapped(name: str) -> dict[str, str]:
    return {
        code: " ".join(filter(None, (meaning.status, meaning.reason)))
        for code, meaning in table(name).items()
    }


@pytest.mark.parametrize("name", WHOLE)
def test_a_table_holds_the_published_codes_and_no_others(name: str) -> None:
    assert mapped(name) == published(name, WHOLE[name])


@pytest.mark.parametrize(
    ("name", "rows"), [("aftership", AFTERSHIP), ("seventeen_track", SEVENTEEN_TRACK)]
)
def test_the_words_of_an_aggregator_are_mapped(name: str, rows: Mapping[str, str]) -> None:
    wanted = published(name, rows)
    assert {code: said for code, said in mapped(name).items() if code in wanted} == wanted


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gls", "DELIVEREDPS"),
        ("gls_events", "DELIVD.PARCELSHOP"),
        ("postnl", "12"),
        ("usps", "14"),
        ("usps", "16"),
        ("dpd", "PARCELSHOP"),
        ("inpost", "ready_to_pickup"),
        ("fedex", "HL"),
        ("upu", "EDH"),
    ],
)
def test_what_waits_for_the_recipient_is_never_delivered(name: str, code: str) -> None:
    assert table(name).of(code).status == "AVAILABLE_FOR_PICKUP"

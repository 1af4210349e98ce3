"""Answers in each carrier's own form, as published; numbers and names are made up."""

import copy
from typing import Any

LA_POSTE_NUMBER = "6A99900000017"
LA_POSTE: dict[str, Any] = {
    "lang": "fr_FR",
    "scope": "open",
    "returnCode": 200,
    "shipment": {
        "idShip": LA_POSTE_NUMBER,
        "holder": 4,
        "product": "colissimo",
        "isFinal": False,
        "entryDate": "2026-01-05T18:12:00+01:00",
        "estimDate": "2026-01-08T00:00:00+01:00",
        "timeline": [
            {"id": 1, "shortLabel": "Pris en charge", "country": "FR", "status": True, "type": 1},
            {"id": 5, "shortLabel": "Livré", "country": "FR", "status": False, "type": 0},
        ],
        "event": [
            {
                "code": "ET1",
                "label": "Votre colis est en cours d'acheminement.",
                "date": "2026-01-06T02:10:00+01:00",
            },
            {
                "code": "PC1",
                "label": "Votre colis est pris en charge.",
                "date": "2026-01-05T18:12:00+01:00",
            },
            {
                "code": "DR1",
                "label": "Votre envoi est en préparation chez l'expéditeur.",
                "date": "2026-01-05T09:00:00+01:00",
            },
        ],
        "contextData": {
            "deliveryChoice": {"deliveryChoice": 0},
            "originCountry": "FR",
            "arrivalCountry": "FR",
            "removalPoint": {"name": "BUREAU DE POSTE PARIS LOUVRE", "type": "bureau de poste"},
        },
        "url": "https://www.laposte.fr/outils/suivre-vos-envois?code=6A99900000017",
    },
}

CHRONOPOST_NUMBER = "XX000000000FR"


def chronopost(*events: tuple[str, str], error: int = 0, number: str = CHRONOPOST_NUMBER) -> bytes:
    """Events of code and time, oldest first."""
    listed = "".join(
        f"<events><code>{code}</code><eventDate>{date}</eventDate><eventLabel>Étape {code}"
        "</eventLabel><highPriority>false</highPriority><NPC>0</NPC>"
        "<officeLabel>PARIS CHRONOPOST</officeLabel><zipCode>75001</zipCode>"
        "<infoCompList><name>x</name><value>y</value></infoCompList></events>"
        for code, date in events
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        '<ns2:trackSkybillV2Response xmlns:ns2="http://cxf.tracking.soap.chronopost.fr/"><return>'
        f"<errorCode>{error}</errorCode><errorMessage></errorMessage><listEventInfoComp>{listed}"
        f"<skybillNumber>{number}</skybillNumber></listEventInfoComp></return>"
        "</ns2:trackSkybillV2Response></soap:Body></soap:Envelope>"
    ).encode()


CHRONOPOST = chronopost(
    ("DC", "2026-01-05T09:00:00+01:00"),
    ("DY", "2026-01-05T18:00:00+01:00"),
    ("TA", "2026-01-06T08:00:00+01:00"),
    ("D", "2026-01-06T10:30:00+01:00"),
)

DHL_NUMBER = "00340434999900000014"
DHL: dict[str, Any] = {
    "shipments": [
        {
            "id": DHL_NUMBER,
            "service": "parcel-de",
            "origin": {"address": {"countryCode": "DE"}},
            "destination": {
                "address": {
                    "countryCode": "FR",
                    "postalCode": "33000",
                    "addressLocality": "Bordeaux",
                }
            },
            "status": {
                "timestamp": "2026-01-06T09:12:00+01:00",
                "location": {"address": {"addressLocality": "Neuwied", "countryCode": "DE"}},
                "statusCode": "transit",
                "status": "NB",
                "description": "In transit",
            },
            "estimatedTimeOfDelivery": "2026-01-08T12:00:00",
            "details": {
                "product": {"productName": "DHL PAKET"},
                "proofOfDeliverySignedAvailable": False,
                "totalNumberOfPieces": 1,
                "pieceIds": [DHL_NUMBER],
                "weight": {"value": 0.6, "unitText": "kg"},
                "references": [{"number": "ORD-1", "type": "customer-reference"}],
            },
            "events": [
                {
                    "timestamp": "2026-01-06T09:12:00",
                    "location": {"address": {"addressLocality": "Neuwied"}},
                    "statusCode": "transit",
                    "status": "NB",
                    "description": "In transit",
                }
            ],
        }
    ],
    "possibleAdditionalShipmentsUrl": ["/shipments?trackingNumber=x&service=express"],
}
DHL_NOT_FOUND = {
    "title": "No result found",
    "detail": "No shipment with given tracking number found.",
    "status": 404,
    "instance": "/shipment/x",
}


def dhl(service: str, *events: dict[str, Any], number: str = DHL_NUMBER) -> dict[str, Any]:
    """A shipment of a division with these events."""
    return {"shipments": [{"id": number, "service": service, "events": list(events)}]}


def dhl_event(word: str, code: str, timestamp: str = "2026-01-06T09:12:00+01:00") -> dict[str, Any]:
    return {"timestamp": timestamp, "statusCode": word, "status": code, "description": code}


def parcel_de_event(timestamp: str, code: str, ice: str, ric: str, returned: str = "false") -> str:
    return (
        f'<data name="piece-event" event-timestamp="{timestamp}" event-status="Words" '
        f'event-short-status="Short" ice="{ice}" ric="{ric}" standard-event-code="{code}" '
        f'event-location="Leipzig" event-country="Germany" ruecksendung="{returned}"/>'
    )


def parcel_de_piece(
    *events: str, number: str = DHL_NUMBER, state: str = "", error: str = "0"
) -> str:
    """A piece; `state` holds the attributes of the piece as a whole."""
    return (
        f'<data name="piece-shipment" error-status="{error}" piece-id="1" piece-code="{number}" '
        f'searched-piece-code="{number}" product-name="DHL PAKET" dest-country="DE" '
        f'shipment-weight="0.6" {state}>'
        f'<data name="piece-event-list">{"".join(events)}</data></data>'
    )


def parcel_de(*pieces: str, code: str = "0") -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'
        f'<data name="piece-shipment-list" code="{code}" request-id="r">{"".join(pieces)}</data>'
    ).encode()


PARCEL_DE = parcel_de(
    parcel_de_piece(
        parcel_de_event("05.01.2026 17:20", "ES", "SHRCU", "SERPT"),
        state='status-timestamp="06.01.2026 10:02" status="Delivered" '
        'short-status="Delivery successful" delivery-event-flag="1" recipient-id-text="Neighbour" '
        'ice="DLVRD" ric="NGHBR" standard-event-code="ZU" ruecksendung="false"',
    )
)

EXPRESS_NUMBER = "1234567890"
EXPRESS: dict[str, Any] = {
    "shipments": [
        {
            "shipmentTrackingNumber": EXPRESS_NUMBER,
            "status": "Success",
            "shipmentTimestamp": "2026-01-05T13:42:48",
            "productCode": "P",
            "description": "PHONE",
            "shipperDetails": {
                "postalAddress": {"countryCode": "CN"},
                "serviceArea": [{"code": "SZX", "description": "Shenzhen-CN"}],
            },
            "receiverDetails": {
                "postalAddress": {"countryCode": "FR"},
                "serviceArea": [{"code": "CDG", "description": "Paris-FR", "facilityCode": "x"}],
            },
            "totalWeight": 0.9,
            "unitOfMeasurements": "metric",
            "numberOfPieces": 1,
            "estimatedDeliveryDate": "2026-01-08",
            "events": [
                {
                    "date": "2026-01-05",
                    "time": "13:56:21",
                    "GMTOffset": "+08:00",
                    "typeCode": "PU",
                    "description": "Shipment picked up",
                    "serviceArea": [{"code": "SZX", "description": "Shenzhen-CN"}],
                    "signedBy": "",
                    "remarks": [{"value": "x", "details": "y"}],
                },
                {
                    "date": "2026-01-08",
                    "time": "10:30:00",
                    "typeCode": "OK",
                    "description": "Delivered",
                    "serviceArea": [{"code": "CDG"}],
                    "signedBy": "DUPONT",
                },
            ],
            "pieces": [{"number": 1, "trackingNumber": "JD0146", "events": []}],
        }
    ]
}

UPS_NUMBER = "1Z999AA10123456784"
UPS: dict[str, Any] = {
    "trackResponse": {
        "shipment": [
            {
                "inquiryNumber": UPS_NUMBER,
                "package": [
                    {
                        "trackingNumber": UPS_NUMBER,
                        "packageCount": 1,
                        "deliveryDate": [{"type": "DEL", "date": "20260108"}],
                        "deliveryTime": {"type": "DEL", "startTime": "", "endTime": "103000"},
                        "currentStatus": {
                            "code": "FS",
                            "type": "D",
                            "statusCode": "011",
                            "description": "Delivered",
                        },
                        "deliveryInformation": {"location": "Front Door", "receivedBy": "DUPONT"},
                        "accessPointInformation": {"pickupByDate": ""},
                        "packageAddress": [
                            {"type": "ORIGIN", "address": {"city": "LILLE", "countryCode": "FR"}},
                            {
                                "type": "DESTINATION",
                                "address": {
                                    "city": "LYON",
                                    "countryCode": "FR",
                                    "postalCode": "69003",
                                },
                            },
                        ],
                        "service": {
                            "code": "011",
                            "levelCode": "011",
                            "description": "UPS Standard",
                        },
                        "referenceNumber": [{"type": "SHIPMENT", "number": "ORD-1"}],
                        "weight": {"unitOfMeasurement": "KGS", "weight": "0.60"},
                        "activity": [
                            {
                                "location": {
                                    "address": {
                                        "city": "LYON",
                                        "countryCode": "FR",
                                        "postalCode": "69003",
                                    },
                                    "slic": "x",
                                },
                                "status": {
                                    "type": "D",
                                    "code": "FS",
                                    "statusCode": "011",
                                    "description": "DELIVERED",
                                },
                                "date": "20260108",
                                "time": "103000",
                                "gmtDate": "20260108",
                                "gmtTime": "09:30:00",
                                "gmtOffset": "+01:00",
                            }
                        ],
                    }
                ],
            }
        ]
    }
}
UPS_TOKEN = {
    "token_type": "Bearer",
    "access_token": "t0ken",
    "expires_in": "14399",
    "issued_at": "1767600000000",
    "status": "approved",
}
UPS_NOT_FOUND = {
    "response": {"errors": [{"code": "TW0001", "message": "Tracking Information Not Found"}]}
}
UPS_WARNING = {
    "trackResponse": {
        "shipment": [
            {
                "inquiryNumber": UPS_NUMBER,
                "warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}],
            }
        ]
    }
}
UPS_PUSH: dict[str, Any] = {
    "trackingNumber": "1Z204W4R0300000000",
    "localActivityDate": "20260108",
    "localActivityTime": "095004",
    "activityLocation": {
        "city": "LYON",
        "stateProvince": "",
        "postalCode": "69003",
        "country": "FR",
    },
    "activityStatus": {
        "type": "D",
        "code": "FS",
        "description": "Delivered",
        "descriptionCode": "011",
    },
    "scheduledDeliveryDate": "20260108",
    "gmtActivityDate": "20260108",
    "gmtActivityTime": "085004",
    "gmtOffset": "+01.00",
    "actualDeliveryDate": "20260108",
    "actualDeliveryTime": "095004",
    "receivedBy": "DUPONT",
}


def ups(*activities: dict[str, Any], **package: Any) -> dict[str, Any]:
    """A package with these activities, newest first."""
    body = copy.deepcopy(UPS)
    one = body["trackResponse"]["shipment"][0]["package"][0]
    one.update(package, activity=list(activities))
    return body


def activity(
    status: str, code: str, kind: str, day: str = "20260108", city: str = "LYON"
) -> dict[str, Any]:
    return {
        "location": {"address": {"city": city, "countryCode": "FR"}},
        "status": {"type": kind, "code": code, "statusCode": status, "description": "x"},
        "date": day,
        "time": "103000",
        "gmtDate": day,
        "gmtTime": "093000",
        "gmtOffset": "+01:00",
    }

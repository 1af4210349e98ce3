"""The shapes of answers as the carriers document them."""

import re

from domain.shipments.carriers import TrackingApi as Api

OFFSET = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d"
SHAPES = {
    Api.LA_POSTE: {
        "lang": "fr_FR",
        "scope": "open",
        "returnCode": 200,
        "shipment": {
            "idShip": r"6A\d{11}",
            "holder": 4,
            "product": "colissimo",
            "isFinal": True,
            "entryDate": OFFSET,
            "estimDate": OFFSET,
            "timeline": [
                {"id": 1, "shortLabel": ".+", "country": "DE", "status": True, "type": 1},
            ],
            "event": [{"code": "[A-Z]{2}[0-9]", "label": ".+", "date": OFFSET}],
            "contextData": {
                "deliveryChoice": {"deliveryChoice": 0},
                "originCountry": "FR",
                "arrivalCountry": "DE",
                "partner": {"name": ".+", "network": ".+", "reference": ""},
            },
            "url": "https://www.laposte.fr/outils/suivre-vos-envois.*",
        },
    },
    Api.DHL_UNIFIED: {
        "shipments": [
            {
                "id": "00340434.{12}",
                "service": "parcel-de",
                "origin": {"address": {"countryCode": "FR"}},
                "destination": {"address": {"countryCode": "DE", "postalCode": ".+"}},
                "status": {
                    "timestamp": OFFSET,
                    "location": {"address": {"addressLocality": ".+", "countryCode": "DE"}},
                    "statusCode": "delivered",
                    "status": "ZU",
                    "description": ".+",
                },
                "estimatedTimeOfDelivery": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
                "details": {
                    "product": {"productName": "DHL PAKET"},
                    "totalNumberOfPieces": 1,
                    "pieceIds": [".+"],
                    "weight": {"value": 0.5, "unitText": "kg"},
                    "references": [{"number": ".+", "type": "customer-reference"}],
                    "proofOfDelivery": {"timestamp": OFFSET, "signed": {"@type": "Person"}},
                },
                "events": [
                    {
                        "timestamp": OFFSET,
                        "location": {"address": {"addressLocality": ".+"}},
                        "statusCode": "pre-transit|transit|delivered|failure|unknown",
                        "status": "[A-Z]{2}",
                        "description": ".+",
                    }
                ],
            }
        ]
    },
    Api.DHL_EXPRESS: {
        "shipments": [
            {
                "shipmentTrackingNumber": r"\d{10}",
                "status": "Success",
                "shipmentTimestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
                "productCode": "P",
                "shipperDetails": {
                    "postalAddress": {"countryCode": "FR"},
                    "serviceArea": [{"code": "[A-Z]{3}", "description": ".+-FR"}],
                },
                "receiverDetails": {"postalAddress": {"countryCode": "DE"}},
                "totalWeight": 0.5,
                "unitOfMeasurements": "metric",
                "numberOfPieces": 1,
                "events": [
                    {
                        "date": r"\d{4}-\d\d-\d\d",
                        "time": r"\d\d:\d\d:\d\d",
                        "GMTOffset": r"[+-]\d\d:\d\d",
                        "typeCode": "[A-Z]{2}",
                        "description": ".+",
                        "serviceArea": [{"code": "[A-Z]{3}", "description": ".+"}],
                    }
                ],
                "pieces": [{"number": 1, "trackingNumber": "JD.+"}],
            }
        ]
    },
    Api.UPS: {
        "trackResponse": {
            "shipment": [
                {
                    "inquiryNumber": "1Z.{16}",
                    "package": [
                        {
                            "trackingNumber": "1Z.{16}",
                            "packageCount": 1,
                            "deliveryDate": [{"type": "DEL", "date": r"\d{8}"}],
                            "deliveryTime": {"type": "DEL", "startTime": "", "endTime": r"\d{6}"},
                            "currentStatus": {
                                "code": "FS",
                                "type": "D",
                                "statusCode": "011",
                                "description": "DELIVERED",
                            },
                            "deliveryInformation": {"location": ".+", "receivedBy": ".+"},
                            "packageAddress": [
                                {"type": "ORIGIN|DESTINATION", "address": {"city": "[A-ZÜÖÄ ]+"}}
                            ],
                            "referenceNumber": [{"type": "SHIPMENT", "number": ".+"}],
                            "weight": {"unitOfMeasurement": "KGS", "weight": r"0\.\d\d"},
                            "activity": [
                                {
                                    "location": {"address": {"city": ".+", "countryCode": "DE|FR"}},
                                    "status": {"type": "[A-Z]+", "code": ".+", "statusCode": ".+"},
                                    "date": r"\d{8}",
                                    "time": r"\d{6}",
                                    "gmtDate": r"\d{8}",
                                    "gmtTime": r"\d\d:?\d\d:?\d\d",
                                    "gmtOffset": r"[+-]\d\d:\d\d",
                                }
                            ],
                        }
                    ],
                }
            ]
        }
    },
    Api.FEDEX: {
        "transactionId": ".+",
        "output": {
            "completeTrackResults": [
                {
                    "trackingNumber": r"\d{12}",
                    "trackResults": [
                        {
                            "trackingNumberInfo": {
                                "trackingNumber": r"\d{12}",
                                "trackingNumberUniqueId": r"\d{5}~\d{12}~FDEG",
                                "carrierCode": "FDXG",
                            },
                            "latestStatusDetail": {
                                "code": "DL",
                                "derivedCode": "DL",
                                "statusByLocale": "Delivered",
                                "scanLocation": {"city": ".+", "countryCode": "DE"},
                            },
                            "dateAndTimes": [{"type": "[A-Z_]+", "dateTime": OFFSET}],
                            "additionalTrackingInfo": {
                                "packageIdentifiers": [{"type": "CUSTOMER_REFERENCE"}]
                            },
                            "deliveryDetails": {"receivedByName": ".+"},
                            "scanEvents": [
                                {
                                    "date": OFFSET,
                                    "eventType": "[A-Z]{2}",
                                    "exceptionCode": r"\d*",
                                    "scanLocation": {"city": ".+", "postalCode": ".+"},
                                    "derivedStatusCode": "[A-Z]{2}",
                                }
                            ],
                            "error": None,
                        }
                    ],
                }
            ]
        },
    },
    Api.GLS: {
        "parcels": [
            {
                "requested": r"\d{11}",
                "unitno": r"\d{11}",
                "status": "DELIVERED",
                "statusDateTime": r".+T\d\d:\d\d:\d\d[+-]\d{4}",
                "events": [
                    {
                        "code": r"[A-Z]+\.[A-Z]+",
                        "city": ".+",
                        "postalCode": ".+",
                        "country": "FR|DE",
                        "description": ".+",
                        "eventDateTime": r".+T\d\d:\d\d:\d\d[+-]\d{4}",
                    }
                ],
            }
        ]
    },
    Api.POSTNL: {
        "CompleteStatus": {
            "Shipment": {
                "MainBarcode": "3S.+",
                "Barcode": "3S.+",
                "Reference": ".+",
                "DeliveryDate": r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d",
                "Dimension": {"Weight": r"\d+"},
                "Address": [{"AddressType": "01|02", "FirstName": r"\{\}", "Zipcode": ".+"}],
                "Status": {
                    "TimeStamp": r"\d\d-\d\d-\d{4} \d\d:\d\d:\d\d",
                    "StatusCode": "11",
                    "StatusDescription": ".+",
                    "PhaseCode": "4",
                    "PhaseDescription": ".+",
                },
                "Event": [{"Code": ".+", "Description": ".+", "TimeStamp": r"\d\d-\d\d-\d{4} .+"}],
                "OldStatus": [{"TimeStamp": r"\d\d-\d\d-\d{4} .+", "StatusCode": r"\d+"}],
            }
        }
    },
    Api.ROYAL_MAIL: {
        "mailPieces": {
            "mailPieceId": r"F[A-Z]\d{9}GB",
            "carrierShortName": "RM",
            "carrierFullName": "Royal Mail Group Ltd",
            "summary": {
                "oneDBarcode": r"F[A-Z]\d{9}GB",
                "destinationCountryCode": "DEU",
                "originCountryCode": "FRA",
                "lastEventCode": "EV.+",
                "lastEventName": ".+",
                "lastEventDateTime": OFFSET,
                "statusCategory": "DELIVERED",
            },
            "signature": {"recipientName": ".+", "signatureDateTime": OFFSET},
            "events": [
                {
                    "eventCode": "EV.+",
                    "eventName": ".+",
                    "eventDateTime": OFFSET,
                    "locationName": ".+",
                }
            ],
            "links": {"events": {"href": ".+"}},
        }
    },
    Api.USPS: {
        "trackingNumber": r"9\d{21}",
        "mailClass": r"Priority Mail<SUP>&reg;</SUP>",
        "destinationCity": ".+",
        "destinationZIP": ".+",
        "originState": ".*",
        "status": ".+",
        "statusCategory": "Delivered",
        "uniqueTrackingId": ".+",
        "proofOfDeliveryEnabled": "true",
        "trackingEvents": [
            {
                "eventType": ".+",
                "eventTimestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
                "GMTTimestamp": r".+Z",
                "GMTOffset": r"[+-]\d\d:\d\d",
                "eventCity": ".+",
                "eventZIP": ".+",
                "eventCode": "[A-Z0-9]{2}",
            }
        ],
    },
    Api.AFTERSHIP: {
        "meta": {"code": 200},
        "data": {
            "trackings": [
                {
                    "id": ".+",
                    "tracking_number": ".+",
                    "slug": ".+",
                    "tag": "Delivered",
                    "subtag": "Delivered_001",
                    "signed_by": ".+",
                    "return_to_sender": False,
                    "checkpoints": [
                        {
                            "checkpoint_time": OFFSET,
                            "city": ".+",
                            "zip": ".+",
                            "country_region": "[A-Z]{3}",
                            "message": ".+",
                            "tag": "[A-Za-z]+",
                            "subtag": r"[A-Za-z]+_\d{3}",
                        }
                    ],
                }
            ]
        },
    },
    Api.EASYPOST: {
        "id": "trk_[0-9a-f]{32}",
        "object": "Tracker",
        "tracking_code": ".+",
        "status": "delivered",
        "status_detail": "delivered",
        "signed_by": ".+",
        "carrier": ".+",
        "tracking_details": [
            {
                "object": "TrackingDetail",
                "message": ".+",
                "status": "[a-z_]+",
                "datetime": ".+Z",
                "tracking_location": {"city": ".+", "country": "FR|DE", "zip": ".+"},
            }
        ],
        "public_url": "https://.+",
    },
    Api.SEVENTEEN_TRACK: {
        "code": 0,
        "data": {
            "accepted": [
                {
                    "number": ".+",
                    "carrier": 3011,
                    "track_info": {
                        "latest_status": {"status": "Delivered", "sub_status": "Delivered_Other"},
                        "latest_event": {"time_iso": OFFSET},
                        "tracking": {
                            "providers": [
                                {
                                    "events": [
                                        {
                                            "time_iso": OFFSET,
                                            "time_utc": ".+Z",
                                            "description": ".+",
                                            "location": ".+",
                                            "stage": "[A-Za-z]+",
                                            "sub_status": "[A-Za-z_]+",
                                        }
                                    ]
                                }
                            ]
                        },
                    },
                }
            ]
        },
    },
}
"""Names as the carriers document them; a text is a pattern, the row of a list is that of all."""


def fit(shape, value, at: str) -> None:
    match shape:
        case dict():
            assert isinstance(value, dict), at
            assert shape.keys() <= value.keys(), (at, shape.keys() - value.keys())
            for name, inner in shape.items():
                fit(inner, value[name], f"{at}.{name}")
        case list():
            assert isinstance(value, list), at
            assert value, at
            for row in value:
                fit(shape[0], row, at)
        case str():
            assert isinstance(value, str), at
            assert re.fullmatch(shape, value), (at, value)
        case _:
            assert type(value) is type(shape), (at, value)

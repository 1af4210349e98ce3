"""Answers of the schema as the pages get them, with names and numbers made up."""

import re
from typing import Any

from boucle.pages.asking import Answer
from resolvers.context import Caller

MARKETS = [
    {"code": "DE", "currency": "EUR", "stage": "PUBLIC"},
    {"code": "FR", "currency": "EUR", "stage": "PUBLIC"},
    {"code": "SE", "currency": "SEK", "stage": "DRAFT"},
]
HOSTILE = "<script>alert(1)</script>"


def value(text: str) -> dict[str, str]:
    """A figure as the API gives it."""
    return {"value": text, "display": text}


RANKING = {
    "market": "FR",
    "modelId": "FR-0123456789abcdef",
    "validFrom": "2026-05-04T12:00:00Z",
    "parameters": [
        {"key": "DELIVERY", "weightBp": 600, "shareBp": 7500, "explanation": "The promised day."},
        {"key": "QUALITY", "weightBp": 200, "shareBp": 2500, "explanation": HOSTILE},
    ],
    "quality": [{"key": "RATING", "weightBp": 10_000, "shareBp": 10_000, "explanation": "Stars."}],
    "excluded": [{"key": "PAYMENT", "explanation": "No place can be bought."}],
    "paidInfluence": False,
    "lowestMerit": 9000,
    "highestMerit": 11000,
    "bandBp": 100,
    "maxSharers": 5,
    "leadShareBp": 5000,
    "grades": [{"grade": "GOOD", "worthBp": 10_000}],
    "noticeDays": 15,
    "responsibility": "A trader sells.",
    "reviewVerification": "Buyers review.",
    "upcoming": None,
}


IMPACT = {
    "status": "FAVOURABLE",
    "reasons": [],
    "unit": "kg CO2e",
    "grade": "C",
    "method": "avoided-1",
    "claim": "Estimated 32 kg CO2e avoided",
    "factorSet": {"id": "ademe-2022", "sha256": "ab" * 32},
    "deviceForDevice": value("77"),
    "service": {"net": value("35")},
    "perYear": {"new": value("28"), "refurbished": value("3.5")},
    "keepPerYear": value("14"),
    "breakEvenYears": value("1.3"),
    "range": {"p05": value("16"), "p50": value("32"), "p95": value("55")},
    "breakdown": [
        {"name": "NEW_DEVICE", "value": value("56")},
        {"name": "REFURBISHING", "value": value("-7")},
        {"name": "REBOUND", "value": value("-14")},
    ],
}


def total(place: str, period: str, net: str, **more: Any) -> Answer:
    """A total of the platform: its range stands half and twice as far."""
    spread = {p: value(f"{float(net) * k:g}") for p, k in (("p05", 0.5), ("p50", 0.9), ("p95", 2))}
    then = {"factorSet": {"id": "be-v2"}, "service": {"net": value(net)}}
    now = {
        "status": "FAVOURABLE",
        "reasons": [],
        "units": 3,
        "returned": 1,
        "counted": 2,
        "unitsWithoutNumber": 1,
        "grade": "C",
        "service": {"gross": value(net), "net": value(net)},
        "range": spread,
        "gradedAB": 1,
        "method": "avoided-1",
        "rebound": "0.29",
        "factorSet": {"id": "be-v2", "sha256": "cd" * 32},
        "categories": [{"category": "smartphone", "counted": 2, "net": value(net)}],
    }
    return {
        "place": place,
        "period": period,
        "asOf": "2026-11-23T08:00:00Z",
        "difference": value("0"),
        "asReported": [then],
        "restated": now | more,
    }


def totals(asked: dict[str, Any]) -> Answer:
    """Totals of three months, the last of which lost more than it gained."""
    place = asked["country"] or ""
    none = {"status": "NOT_ESTABLISHED", "reasons": ["NO_ABSOLUTE_VALUES"], "range": None}
    countries = [total("FR", asked["period"], "65000"), total(HOSTILE, "", "-3")]
    return {
        "place": place,
        "unit": "kg CO2e",
        "total": total(place, asked["period"], "97811") if asked["period"] != "1999" else None,
        "months": [
            total(place, "2026-04", "0", **none),
            total(place, "2026-05", "98"),
            total(place, "2026-06", "-33"),
        ],
        "countries": [] if place else countries,
    }


def eur(amount: str) -> Answer:
    return {"amount": amount, "currency": "EUR"}


def fact(key: str, name: str, value: str, label: str) -> Answer:
    return {"key": key, "name": name, "value": value, "label": label}


def variant(storage: int, color: str) -> Answer:
    return {
        "slug": f"apple-iphone-13-{storage}gb-{color}",
        "gtins": ["02196160551556"],
        "mpn": None,
        "attributes": [
            {
                "key": "storage_gb",
                "name": "Storage",
                "value": f"{storage}",
                "label": f"{storage} GB",
            },
            fact("color", "Colour", color, color.title()),
        ],
    }


BLACK_128 = variant(128, "black")
BLACK_256 = variant(256, "black")
RED_128 = variant(128, "red")
RED_512 = variant(512, "red")


def offer(number: int, total: str, merchant: str, grade: str = "GOOD") -> Answer:
    return {
        "id": f"offer-{number}",
        "grade": grade,
        "availability": "FEW",
        "price": {
            "item": eur("289.00"),
            "shipping": eur("0.00"),
            "serviceFee": eur("1.49"),
            "levies": eur("0.00"),
            "duties": eur("0.00"),
            "total": eur(total),
        },
        "warranty": {
            "legalGuaranteeMonths": 24,
            "legalGuaranteeStatus": "UNVERIFIED",
            "commercialWarrantyMonths": 12 * number,
        },
        "delivery": {
            "earliest": "2026-05-05",
            "latest": "2026-05-07",
            "days": 3,
            "dispatchCountry": "FR",
            "customsRequired": False,
            "carrier": "Colissimo",
        },
        "battery": {"new": False, "health": 92},
        "merchant": {
            "name": merchant,
            "legalName": f"{merchant} SAS",
            "kind": "FACTORY",
            "country": "FR",
            "since": "2024-02-01",
        },
    }


TRADER = {
    "name": "Remiz SAS", "street": "1 rue des Essais", "postalCode": "69003", "city": "Lyon",
    "country": "FR", "phone": "+33600000000", "email": "bonjour@remiz.example",
    "register": "RCS Lyon", "registerNumber": "303 265 045",
    "selfCertification": "COMPLIANT_GOODS_ONLY", "unchecked": ["PHONE"],
}  # fmt: skip


def listing() -> Answer:
    led, next_one = offer(1, "290.49", "Remiz"), offer(2, "301.00", HOSTILE, "PREMIUM")
    led["merchant"]["trader"] = TRADER
    return {
        "market": "FR",
        "currency": "EUR",
        "asOf": "2026-05-04T12:00:00+00:00",
        "offerCount": 2,
        "merchantCount": 2,
        "product": {
            "slug": "apple-iphone-13",
            "title": "Apple iPhone 13",
            "category": "smartphone",
            "releaseDate": "2021-09-24",
            "brand": {"name": "Apple"},
            "weight": {"grams": 174, "sourced": True},
        },
        "variant": BLACK_128,
        "variants": [
            {"variant": BLACK_128, "fromPrice": eur("290.49"), "offerCount": 2},
            {"variant": BLACK_256, "fromPrice": eur("330.00"), "offerCount": 1},
            {"variant": RED_128, "fromPrice": None, "offerCount": 0},
            {"variant": RED_512, "fromPrice": eur("400.00"), "offerCount": 4},
        ],
        "grades": [
            {
                "grade": grade,
                "label": grade,
                "definition": "How it looks.",
                "available": price is not None,
                "offerCount": 1 if price else 0,
                "merchantCount": 1 if price else 0,
                "fromPrice": eur(price) if price else None,
            }
            for grade, price in (
                ("FAIR", None),
                ("GOOD", "290.49"),
                ("VERY_GOOD", None),
                ("EXCELLENT", None),
                ("PREMIUM", "301.00"),
            )
        ],
        "featuredOffer": {
            "offer": led | {"impact": IMPACT},
            "ranking": {
                "modelId": "FR-0123456789abcdef",
                "snapshotId": "ab" * 32,
                "reasons": ["WELL_RATED", "SHIPS_FROM_YOUR_COUNTRY", "SHARED_PLACE"],
            },
        },
        "offers": {
            "pageInfo": {"hasNextPage": True, "endCursor": "offer-cursor"},
            "edges": [{"node": led}, {"node": next_one}],
        },
    }


def search() -> Answer:
    def result(name: str, slug: str, category: str, total: str | None) -> Answer:
        return {
            "node": {
                "product": {
                    "slug": slug,
                    "title": name,
                    "category": category,
                    "brand": {"name": name.partition(" ")[0]},
                },
                "variant": {"slug": f"{slug}-128gb", "attributes": [{"label": "128 GB"}]},
                "featuredOffer": total
                and {"total": eur(total), "grade": "VERY_GOOD", "deliveryDays": 3},
                "offerCount": 12,
                "merchantCount": 1,
                "priceRange": total and {"min": eur(total), "max": eur("1450.00")},
            }
        }

    return {
        "totalCount": 1234,
        "didYouMean": "iphone",
        "asOf": "2026-05-04T12:00:00+00:00",
        "pageInfo": {"hasNextPage": True, "endCursor": "search-cursor"},
        "facets": [
            {
                "key": "brand",
                "values": [
                    {"value": "apple", "label": "Apple", "count": 900, "selected": True},
                    {"value": "dyson", "label": "Dyson", "count": 12, "selected": False},
                ],
            },
            {
                "key": "storage_gb",
                "values": [{"value": "128", "label": "128", "count": 40, "selected": False}],
            },
        ],
        "edges": [
            result("Apple iPhone 13", "apple-iphone-13", "smartphone", "1290.49"),
            result("Dyson V11", "dyson-v11", "vacuum-cleaner", None),
            result(f"Apple {HOSTILE}", "apple-x", "laptop", "450.00"),
        ],
    }


def run(number: int, state: str = "COMPLETED") -> Answer:
    return {
        "id": f"run-{number}",
        "state": state,
        "channel": "PULL",
        "mode": "FULL",
        "dryRun": False,
        "format": "NATIVE_CSV",
        "encoding": "cp1252",
        "linesRead": 4000,
        "created": 12,
        "updated": 340,
        "unchanged": 3600,
        "deleted": 0,
        "ignoredStale": 0,
        "pendingProduct": 8,
        "rejected": 40,
        "absent": 3,
        "fileCode": None,
        "detail": None,
        "startedAt": "2026-05-04T12:00:00+00:00",
        "seconds": {"read": 0.4, "apply": 1.0},
    }


def lines() -> Answer:
    problem = {
        "code": "PRICE_AMBIGUOUS",
        "field": "price",
        "value": HOSTILE,
        "message": "The price can be read in two ways.",
        "suggestion": "Write 1299.00.",
    }
    rejected = {"line": 1017, "sku": "R-1", "outcome": "REJECTED", "problems": [problem]}
    created = {"line": 1018, "sku": "R-2", "outcome": "CREATED", "problems": []}
    return {
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "edges": [{"node": rejected}, {"node": created}],
    }


class Schema:
    """Stands in for the schema: answers an operation by its name, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], Caller | None]] = []
        self.errors: list[Answer] = []
        self.listing: Answer | None = listing()
        self.runs = [run(1), run(2, "APPLYING"), run(3, "FAILED")]

    async def __call__(self, query: str, variables: Any, caller: Caller | None = None) -> Answer:
        name = re.findall(r"query (\w+)", query)[0]
        self.asked.append((name, dict(variables), caller))
        if self.errors and name != "Markets":
            return {"errors": self.errors, "data": None}
        return {"data": self._data(name, dict(variables))}

    def _data(self, name: str, variables: dict[str, Any]) -> Answer:
        if name == "FeedRun":
            known = variables["id"] == "run-1"
            return {"feedRun": run(1) | {"lines": lines()} if known else None}
        page = {"hasNextPage": False, "endCursor": None}
        runs = {"pageInfo": page, "edges": [{"node": each} for each in self.runs]}
        answers: dict[str, tuple[str, Any]] = {
            "Markets": ("markets", lambda: MARKETS),
            "RankingPage": ("rankingDisclosure", lambda: RANKING),
            "SearchPage": ("search", search),
            "ProductPage": ("listing", lambda: self.listing),
            "ImpactPage": ("platformImpact", lambda: totals(variables)),
            "FeedRuns": ("feedRuns", lambda: runs),
        }
        field, answer = answers[name]
        return {field: answer()}

    def variables(self, name: str) -> dict[str, Any]:
        """What the last operation of this name was given."""
        return next(given for asked, given, _ in reversed(self.asked) if asked == name)

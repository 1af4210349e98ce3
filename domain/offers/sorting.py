"""Orders in which offers and products can be listed."""

from enum import StrEnum


class SearchSort(StrEnum):
    """Orders of search results."""

    RELEVANCE = "RELEVANCE"
    PRICE = "PRICE"
    NEWEST = "NEWEST"
    IMPACT = "IMPACT"


class OfferSort(StrEnum):
    """Orders of the offers of a listing. None hides an offer."""

    RANK = "RANK"
    PRICE = "PRICE"
    DELIVERY = "DELIVERY"
    GRADE = "GRADE"
    NEAREST = "NEAREST"

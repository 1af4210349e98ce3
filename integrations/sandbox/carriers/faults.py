"""Misbehaviour on request, of a whole carrier or of one number."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.shipments.carriers import TrackingApi


class Fault(StrEnum):
    """What can go wrong with an answer, or with a push."""

    MAINTENANCE_200 = "MAINTENANCE_200"
    MAINTENANCE_503 = "MAINTENANCE_503"
    HTML_500 = "HTML_500"
    ERROR_500 = "ERROR_500"
    HANG = "HANG"
    SLOW = "SLOW"
    SLOW_DRIP = "SLOW_DRIP"
    TRUNCATED = "TRUNCATED"
    NOT_THE_TYPE = "NOT_THE_TYPE"
    WRONG_SHAPE = "WRONG_SHAPE"
    EMPTY_BODY = "EMPTY_BODY"
    TOO_LARGE = "TOO_LARGE"
    XML_BOMB = "XML_BOMB"
    QUOTA = "QUOTA"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    UNKNOWN = "UNKNOWN"
    UNKNOWN_IN_200 = "UNKNOWN_IN_200"
    ITEM_ERROR = "ITEM_ERROR"
    OTHER_DIVISION = "OTHER_DIVISION"
    SEVERAL_PACKAGES = "SEVERAL_PACKAGES"
    BARE_TIMES = "BARE_TIMES"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    PUSH_WRONG_SIGNATURE = "PUSH_WRONG_SIGNATURE"
    PUSH_TWICE = "PUSH_TWICE"
    PUSH_OUT_OF_ORDER = "PUSH_OUT_OF_ORDER"
    PUSH_LATE = "PUSH_LATE"


WHOLE_ANSWER: Final = frozenset(list(Fault)[: list(Fault).index(Fault.UNKNOWN)])
"""Those that need no look at what the answer says."""


@dataclass(slots=True)
class Set:
    """A fault that was asked for.

    Shapes: without `api` it is of every carrier, without `number` of every call. `left` counts how
    often it will still happen; None: until it is cleared. Units: `seconds` for what takes time.
    """

    fault: Fault
    api: TrackingApi | None = None
    number: str | None = None
    left: int | None = None
    seconds: float = 3600.0


class Faults:
    """The faults that hold now."""

    def __init__(self) -> None:
        self._set: list[Set] = []

    def add(self, fault: Set) -> None:
        """Let something go wrong from now on."""
        self._set.append(fault)

    def clear(self, api: TrackingApi | None = None) -> None:
        """End the faults of a carrier, or all."""
        self._set = [each for each in self._set if api is not None and each.api is not api]

    def listed(self) -> list[Set]:
        """The faults that hold now, oldest first."""
        return list(self._set)

    def holds(self, fault: Fault, api: TrackingApi, number: str) -> Set | None:
        """A fault that holds for a number, not counted."""
        for each in self._set:
            if each.fault is fault and each.api in {None, api} and each.number in {None, number}:
                return each
        return None

    def take(self, among: Iterable[Fault], api: TrackingApi, text: str) -> Set | None:
        """The first of these faults that holds for a call, counted; `text` is all that it says."""
        wanted = frozenset(among)
        for each in self._set:
            if each.fault not in wanted or each.api not in {None, api} or each.left == 0:
                continue
            if each.number is None or each.number in text:
                if each.left is not None:
                    each.left -= 1
                return each
        return None

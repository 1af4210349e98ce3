"""Fleets of organisations: the states of fleets, lots, bids and assets, and the moves.

Source: docs/fleets.md, "States".
"""

from collections.abc import Mapping
from enum import StrEnum


class FleetKind(StrEnum):
    """Why an organisation parts with devices."""

    HARDWARE_REFRESH = "HARDWARE_REFRESH"
    OFFICE_CLOSURE = "OFFICE_CLOSURE"
    LEASE_RETURN = "LEASE_RETURN"
    AD_HOC = "AD_HOC"


class FleetState(StrEnum):
    """Where a fleet stands; from `IN_SALE` on it follows from its lots."""

    DRAFT = "DRAFT"
    IMPORTING = "IMPORTING"
    REVIEW = "REVIEW"
    VALUED = "VALUED"
    IN_SALE = "IN_SALE"
    HANDED_OVER = "HANDED_OVER"
    SETTLED = "SETTLED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


class LotState(StrEnum):
    """Where a lot stands."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    BIDDING_CLOSED = "BIDDING_CLOSED"
    AWARDED = "AWARDED"
    CONTRACTED = "CONTRACTED"
    IN_CUSTODY = "IN_CUSTODY"
    RECEIVED = "RECEIVED"
    RECONCILED = "RECONCILED"
    PROCESSED = "PROCESSED"
    SETTLED = "SETTLED"
    CLOSED = "CLOSED"
    UNSOLD = "UNSOLD"
    CANCELLED = "CANCELLED"


class LotBidState(StrEnum):
    """Where a bid on a lot stands."""

    SUBMITTED = "SUBMITTED"
    WITHDRAWN = "WITHDRAWN"
    INVALIDATED = "INVALIDATED"
    WON = "WON"
    LOST = "LOST"
    DEFAULTED = "DEFAULTED"


class AssetState(StrEnum):
    """Where a declared device stands."""

    DECLARED = "DECLARED"
    UNMATCHED = "UNMATCHED"
    MATCHED = "MATCHED"
    IN_LOT = "IN_LOT"
    COLLECTED = "COLLECTED"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    RECEIVED = "RECEIVED"
    DIAGNOSED = "DIAGNOSED"
    ERASED = "ERASED"
    ERASURE_FAILED = "ERASURE_FAILED"
    DESTROYED = "DESTROYED"
    DISPOSED = "DISPOSED"
    SETTLED = "SETTLED"
    DISPUTED = "DISPUTED"
    RETURNED = "RETURNED"


class Disposition(StrEnum):
    """What becomes of a device, the most wanted first."""

    REPAIR = "REPAIR"
    RESELL = "RESELL"
    DONATE = "DONATE"
    PARTS = "PARTS"
    RECYCLE = "RECYCLE"
    DESTROY = "DESTROY"


_F = FleetState
FLEET_MOVES: Mapping[FleetState, frozenset[FleetState]] = {
    _F.DRAFT: frozenset({_F.IMPORTING, _F.CANCELLED}),
    _F.IMPORTING: frozenset({_F.REVIEW}),
    _F.REVIEW: frozenset({_F.IMPORTING, _F.VALUED, _F.CANCELLED}),
    _F.VALUED: frozenset({_F.IN_SALE, _F.CANCELLED}),
    _F.IN_SALE: frozenset({_F.HANDED_OVER}),
    _F.HANDED_OVER: frozenset({_F.SETTLED}),
    _F.SETTLED: frozenset({_F.CLOSED}),
}
_L = LotState
LOT_MOVES: Mapping[LotState, frozenset[LotState]] = {
    _L.DRAFT: frozenset({_L.PUBLISHED, _L.CANCELLED}),
    _L.PUBLISHED: frozenset({_L.BIDDING_CLOSED, _L.CANCELLED}),
    _L.BIDDING_CLOSED: frozenset({_L.AWARDED, _L.UNSOLD, _L.CANCELLED}),
    _L.AWARDED: frozenset({_L.CONTRACTED, _L.BIDDING_CLOSED, _L.CANCELLED}),
    _L.CONTRACTED: frozenset({_L.IN_CUSTODY}),
    _L.IN_CUSTODY: frozenset({_L.RECEIVED}),
    _L.RECEIVED: frozenset({_L.RECONCILED}),
    _L.RECONCILED: frozenset({_L.PROCESSED}),
    _L.PROCESSED: frozenset({_L.SETTLED}),
    _L.SETTLED: frozenset({_L.CLOSED}),
}
_B = LotBidState
BID_MOVES: Mapping[LotBidState, frozenset[LotBidState]] = {
    _B.SUBMITTED: frozenset({_B.WITHDRAWN, _B.INVALIDATED, _B.WON, _B.LOST}),
    _B.WON: frozenset({_B.DEFAULTED, _B.INVALIDATED}),  # the lot was taken back
}
_A = AssetState
ASSET_MOVES: Mapping[AssetState, frozenset[AssetState]] = {
    _A.DECLARED: frozenset({_A.MATCHED, _A.UNMATCHED}),
    _A.UNMATCHED: frozenset({_A.MATCHED}),
    _A.MATCHED: frozenset({_A.IN_LOT}),
    _A.IN_LOT: frozenset({_A.COLLECTED, _A.MATCHED}),  # back, where its lot is not sold
    _A.COLLECTED: frozenset({_A.RECEIVED, _A.MISSING}),
    _A.MISSING: frozenset({_A.RECEIVED, _A.SETTLED}),
    _A.EXTRA: frozenset({_A.RECEIVED, _A.RETURNED}),
    _A.RECEIVED: frozenset({_A.DIAGNOSED}),
    _A.DIAGNOSED: frozenset({_A.ERASED, _A.ERASURE_FAILED}),
    _A.ERASURE_FAILED: frozenset({_A.ERASED, _A.DESTROYED}),
    _A.ERASED: frozenset({_A.DISPOSED}),
    _A.DESTROYED: frozenset({_A.DISPOSED}),
    _A.DISPOSED: frozenset({_A.SETTLED}),
    _A.SETTLED: frozenset({_A.DISPUTED}),
    _A.DISPUTED: frozenset({_A.SETTLED}),
}

"""Rotation: near-equals share the first place, hour by hour, the same for everyone in a market."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.catalog import Grade
from domain.ranking.model import RankingParameters
from domain.ranking.score import Scored

SECONDS_OF_A_TURN = 3600
_DRAWS = 2**64


def competition_key(market: str, variant_id: UUID, grade: Grade) -> str:
    """The public name of a competition."""
    return f"{market}|{variant_id}|{grade}"


def in_band(leader: Scored, other: Scored, band_bp: int) -> bool:
    """Whether the other's effective price is within the band above the leader's."""
    mine = other.landed_minor * leader.merit * 10000
    return mine <= leader.landed_minor * other.merit * (10000 + band_bp)


@dataclass(frozen=True, slots=True)
class RotationGroup:
    """The leader and those who share the first place with it, in rank order."""

    leader: UUID
    others: tuple[UUID, ...]

    @property
    def size(self) -> int:
        """How many offers take turns."""
        return 1 + len(self.others)

    @property
    def offer_ids(self) -> tuple[UUID, ...]:
        """The whole group, first the leader."""
        return (self.leader, *self.others)

    def share_bp(self, offer_id: UUID, lead_share_bp: int) -> int:
        """The part of the time for which an offer is featured, rounded down."""
        if offer_id == self.leader:
            return lead_share_bp if self.others else 10000
        if offer_id in self.others:
            return (10000 - lead_share_bp) // len(self.others)
        return 0


def group(
    ranked: Sequence[Scored], parameters: RankingParameters, prior_bp: int
) -> RotationGroup | None:
    """Who shares the first place; None if nobody competes.

    The leader is in by rank alone. The others follow in rank order: near enough to the leader, of
    at least the quality of a merchant without data, one offer per merchant.
    """
    if not ranked:
        return None
    leader = ranked[0]
    merchants = {leader.competitor.merchant_id}
    others: list[UUID] = []
    for scored in ranked[1:]:
        own = scored.competitor
        if 1 + len(others) >= parameters.max_sharers:
            break
        if not in_band(leader, scored, parameters.band_bp):
            break
        if own.quality_bp >= prior_bp and own.merchant_id not in merchants:
            merchants.add(own.merchant_id)
            others.append(own.offer_id)
    return RotationGroup(leader.competitor.offer_id, tuple(others))


def bucket(unix_seconds: int) -> int:
    """The turn that a moment falls into: the hours since 1970."""
    return unix_seconds // SECONDS_OF_A_TURN


def draw(key: str, turn: int) -> int:
    """A number from 0 up to 2^64, fixed for a competition and a turn.

    Shapes: the first 8 bytes, big-endian, of SHA-256 of the UTF-8 text `key|turn`.
    """
    digest = hashlib.sha256(f"{key}|{turn}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def pick(sharing: RotationGroup, key: str, turn: int, lead_share_bp: int) -> UUID:
    """The offer that is featured in this turn."""
    ahead = draw(key, turn) * 10000 - lead_share_bp * _DRAWS
    if ahead < 0 or not sharing.others:
        return sharing.leader
    index = ahead * len(sharing.others) // ((10000 - lead_share_bp) * _DRAWS)
    return sorted(sharing.others)[index]

"""The closed lists of fleets as clients see them: each is made once, and imported from here."""

import strawberry

import schema.offers.feed_previews
import schema.trade_in  # noqa: F401 (makes `TradeInGrade`)
from domain.impact.fleets import FleetOutcome as DeviceOutcome
from domain.offers.vocabulary import Reason as SuggestionReason
from domain.raas import AssetState, Disposition, FleetKind, FleetState, LotBidState, LotState
from domain.raas.award import BidOut
from domain.raas.bidders import BidderReason
from domain.raas.disposition import StepReason
from domain.raas.lines import FleetImportState, FleetLineCode, FleetOutcome
from domain.raas.lots import LotActor, LotEventKind
from domain.raas.matching import Brand, Identity
from domain.raas.valuation import BasisKind
from domain.raas.variants import Storage
from domain.trade_in import TradeInGrade
from schema.offers.feed_shapes import FeedPolicy

__all__ = [
    "AssetState",
    "BasisKind",
    "Brand",
    "Disposition",
    "FeedPolicy",
    "FleetImportState",
    "FleetKind",
    "FleetLineCode",
    "FleetOutcome",
    "FleetState",
    "Identity",
    "StepReason",
    "Storage",
    "SuggestionReason",
    "TradeInGrade",
]

strawberry.enum(AssetState, description="Where a declared device stands.")
strawberry.enum(Disposition, description="What becomes of a device, the most wanted first.")
strawberry.enum(StepReason, name="DispositionReason", description="Why a step is taken or not.")
strawberry.enum(BasisKind, name="ValueBasisKind", description="What a value is known from.")
strawberry.enum(Brand, name="MatchedBrand", description="How the maker was understood.")
strawberry.enum(Storage, name="MatchedStorage", description="How the storage was understood.")
strawberry.enum(Identity, name="MatchedIdentity", description="What the IMEI says of the model.")
strawberry.enum(FleetOutcome, description="What became of a line: each has exactly one.")
strawberry.enum(FleetLineCode, description="What exactly is said of a line.")
strawberry.enum(FleetImportState, description="Where an import stands.")
strawberry.enum(FleetKind, description="Why an organisation parts with devices.")
strawberry.enum(FleetState, description="Where a fleet stands.")
strawberry.enum(DeviceOutcome, name="FleetDeviceOutcome", description="What became of a device.")
strawberry.enum(BidderReason, name="LotBidderReason", description="Why a merchant may not bid.")
strawberry.enum(LotState, description="Where a lot stands.")
strawberry.enum(LotBidState, description="Where a bid on a lot stands.")
strawberry.enum(LotActor, description="Who moved a lot.")
strawberry.enum(LotEventKind, description="What an entry of a timeline is.")
strawberry.enum(BidOut, name="LotBidOut", description="Why a bid was out before it was scored.")

"""Shapes of trade-ins. Enums are named here: before any shape that has one."""

import strawberry

from domain.orders.credits import CreditState
from domain.trade_in import Payout, Suspension, TradeInGrade, TradeInState
from domain.trade_in.advice import Advice
from domain.trade_in.bids import BidCode, BidOutcome
from domain.trade_in.decay import DecayBasis
from domain.trade_in.orders import CounterReason, Declaration, TradeInActor, TradeInRefusalReason
from domain.trade_in.programme import IdentityDocument, ProgrammeFault, ProgrammeStatus
from domain.trade_in.questionnaire import AnswerFault, NotEligible
from resolvers.trade_in.competing import NotCompeting
from resolvers.trade_in.reading import TradeInSort

strawberry.enum(TradeInGrade, description="How a device that a person sells stands, best first.")
strawberry.enum(TradeInState, description="Where a trade-in stands.")
strawberry.enum(
    NotEligible, name="DeviceNotEligibleReason", description="Why a device is not bought."
)
strawberry.enum(AnswerFault, description="What is wrong with a set of answers.")
strawberry.enum(IdentityDocument, description="What a person may have to show.")

strawberry.enum(BidOutcome, name="TradeInBidOutcome", description="What became of an item.")
strawberry.enum(BidCode, name="TradeInBidCode", description="What was wrong with an item.")
strawberry.enum(
    NotCompeting, name="TradeInBidReason", description="Why a bid is not among those ranked."
)
strawberry.enum(ProgrammeStatus, description="Whether terms were compared with their source.")
strawberry.enum(DecayBasis, description="What the fall of values is read from.")
strawberry.enum(Advice, name="TradeInAdvice", description="What we would do with a device.")
strawberry.enum(TradeInActor, description="Who moved it.")
strawberry.enum(TradeInRefusalReason, description="Why a device is not bought.")
strawberry.enum(Payout, name="TradeInPayoutKind", description="What becomes of the money.")
strawberry.enum(Suspension, name="TradeInSuspension", description="What an inspection waits for.")
strawberry.enum(
    CreditState, description="Whether a credit is expected, stands, or came to nothing."
)
strawberry.enum(CounterReason, description="Why a device is worth less than was said of it.")
strawberry.enum(Declaration, name="TradeInDeclaration", description="What a seller declares.")
strawberry.enum(TradeInSort, description="`NEXT_DEADLINE` leaves out what waits for nothing.")
strawberry.enum(
    ProgrammeFault, name="TradeInProgrammeFault", description="What is wrong with terms."
)

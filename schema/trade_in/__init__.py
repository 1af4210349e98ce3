"""Shapes of trade-ins. Enums are named here: before any shape that has one."""

import strawberry

from domain.trade_in import TradeInGrade, TradeInState
from domain.trade_in.programme import IdentityDocument
from domain.trade_in.questionnaire import AnswerFault, NotEligible

strawberry.enum(TradeInGrade, description="How a device that a person sells stands, best first.")
strawberry.enum(TradeInState, description="Where a trade-in stands.")
strawberry.enum(
    NotEligible, name="DeviceNotEligibleReason", description="Why a device is not bought."
)
strawberry.enum(AnswerFault, description="What is wrong with a set of answers.")
strawberry.enum(IdentityDocument, description="What a person may have to show.")

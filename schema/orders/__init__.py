"""Carts, checkout and purchases, as customers see them."""

import strawberry

from domain.orders import LineState, OrderState, PurchaseState

strawberry.enum(PurchaseState, description="Whether a purchase was paid.")
strawberry.enum(OrderState, description="Where an order stands: follows from its lines.")
strawberry.enum(LineState, description="Where a device of an order stands.")

"""Shapes of carts, purchases, orders and their lines."""

import strawberry

from domain.orders import PurchaseState

strawberry.enum(PurchaseState, description="Whether a purchase was paid.")

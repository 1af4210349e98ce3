"""The reasons that hide or limit an offer, in English: what was found, and what to do."""

from collections.abc import Mapping
from typing import Final

from domain.offers.visibility import Reason

HINTS_EN: Final[Mapping[Reason, str]] = {
    Reason.OUT_OF_STOCK: "Send a quantity above zero.",
    Reason.QUANTITY_BELOW_MINIMUM: "Send at least the smallest quantity that the market takes.",
    Reason.PAUSED_BY_MERCHANT: "Resume the offer.",
    Reason.ABSENT_FROM_FEED: "Send the offer again in a full feed.",
    Reason.FEED_STALE: "Repair the feed, or send a fresh one.",
    Reason.OUTSIDE_AVAILABILITY: "Change the dates between which the offer is available.",
    Reason.NO_PRICE_FOR_MARKET: "Send a price for this market.",
    Reason.CURRENCY_NOT_ALLOWED: "Send the price in the currency of the market.",
    Reason.PRICE_OUTLIER_LOW: "Correct the price into the range.",
    Reason.PRICE_OUTLIER_HIGH: "Correct the price into the range.",
    Reason.PRICE_ABOVE_MAX: "Correct the price, or raise your own highest price.",
    Reason.PRODUCT_UNDER_REVIEW: "Wait until the product is known, or send its GTIN.",
    Reason.PRODUCT_REJECTED: "Read the reason of the review and correct the product.",
    Reason.PRODUCT_DISABLED: "Offer the product that replaces this one.",
    Reason.CONDITION_NEW: "Offer refurbished devices only; few brands may sell new ones here.",
    Reason.GRADE_NOT_ALLOWED: "Use a grade from the list of this market and category.",
    Reason.GRADE_STANDARD_RETIRED: "Grade the device by the current version of the standard.",
    Reason.CATEGORY_NOT_ALLOWED: "Ask for the right to sell in this category.",
    Reason.BRAND_NOT_ALLOWED: "Ask for the right to sell this brand.",
    Reason.MARKET_NOT_ALLOWED: "Ask for the right to sell in this market.",
    Reason.MARKET_NOT_OPEN: "Wait until the market opens.",
    Reason.MARKET_PAUSED: "Wait until the market resumes.",
    Reason.MERCHANT_NOT_SELLING: "See the state of your account and its last decision.",
    Reason.CAP_REACHED: "See the cap that is reached; ask for an early review.",
    Reason.KYB_INCOMPLETE: "Send the company document that is missing.",
    Reason.COMPLIANCE_FACT_MISSING: "Send the fact that the market's law asks for.",
    Reason.ERASURE_CAPABILITY_MISSING: "Declare how you erase data on this kind of device.",
    Reason.LAB_BLOCK: "Answer the open lab case of this model.",
    Reason.NO_SHIPPING_TO_MARKET: "Add a shipping option to this market.",
    Reason.WARRANTY_TOO_SHORT: "Offer at least the warranty that is shown.",
    Reason.PRICE_ABOVE_NEW: "Price the device below the same model new.",
    Reason.LOW_STOCK_PROTECTION: "Send more stock: the last units do not compete.",
    Reason.MERCHANT_RESTRICTED: "Bring the metric of the restriction back below its limit.",
    Reason.QUALITY_BELOW_FLOOR: "Raise the quality index to the floor.",
    Reason.DELIVERY_TOO_SLOW: "Dispatch sooner, or use a faster carrier.",
    Reason.NOT_COMPARABLE: "Nothing to do: a unique item is listed on its own page.",
}

TOLD_EN: Final[Mapping[Reason, str]] = {
    Reason.OUT_OF_STOCK: "The stock is {value}.",
    Reason.QUANTITY_BELOW_MINIMUM: "The stock is {value}, the market takes {limit} or more.",
    Reason.OUTSIDE_AVAILABILITY: "The offer is available {value}.",
    Reason.CURRENCY_NOT_ALLOWED: "The price is in {value}, the market sells in {limit}.",
    Reason.PRICE_OUTLIER_LOW: "The total is {value}; the range is {limit}.",
    Reason.PRICE_OUTLIER_HIGH: "The total is {value}; the range is {limit}.",
    Reason.PRICE_ABOVE_MAX: "The price {value} is above your own highest price, {limit}.",
    Reason.PRODUCT_UNDER_REVIEW: "No product of the catalogue is known for {value}.",
    Reason.LOW_STOCK_PROTECTION: "The stock is {value}; it competes from {limit}.",
    Reason.QUALITY_BELOW_FLOOR: "The quality index is {value}, the floor is {limit}.",
    Reason.DELIVERY_TOO_SLOW: "Delivery takes {value} days, {limit} at most compete.",
}

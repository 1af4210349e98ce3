"""Tables and the queries on them. The only package that speaks SQL."""

TORTOISE_MODULES = [
    "models.markets",
    "models.accounts",
    "models.catalog",
    "models.merchants",
    "models.offers.feeds",
    "models.offers.previews",
    "models.ranking",
]

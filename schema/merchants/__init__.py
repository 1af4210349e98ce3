"""What the public sees of a merchant."""

from datetime import date

import strawberry

from domain.merchants import MerchantKind
from schema.rules import PUBLIC, ruled

strawberry.enum(MerchantKind, description="What kind of seller a merchant is.")


@ruled(PUBLIC)
@strawberry.type
class MerchantCard:
    """The seller of record: who refurbished the device, invoices and ships it."""

    name: str = strawberry.field(description="Name in the shop.")
    legal_name: str = strawberry.field(description="Name of the company.")
    kind: MerchantKind = strawberry.field(description="Workshop, factory, brand …")
    country: str = strawberry.field(description="Country of the company, ISO 3166-1 alpha-2.")
    since: date | None = strawberry.field(description="Day since which it sells here.")

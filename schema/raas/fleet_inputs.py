"""What an organisation sends to change its fleets."""

from datetime import date

import strawberry
from strawberry import UNSET

from resolvers.raas.fleet_changes import File
from schema.common import ONCE, row_id
from schema.raas.fleet_enums import FeedPolicy, FleetKind

FLEET = "Id of the `Fleet`."
ASSET = "Id of the `Asset`."
VERSION = "The `version` that you know; another one refuses the change."


@strawberry.input
class CreateFleetInput:
    """A fleet to be made."""

    name: str = strawberry.field(description="1 to 120 characters.")
    kind: FleetKind = strawberry.field(description="Why you part with the devices.")
    country: str = strawberry.field(description="Where the devices are, ISO 3166-1.")
    market: str = strawberry.field(description="The market whose prices value them.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class FleetColumnInput:
    """A column of the file, and what it holds."""

    name: str = strawberry.field(description="Its name in the file.")
    field: str | None = strawberry.field(
        description="Field of ours, such as `asset_tag`; `null` leaves the column out."
    )


@strawberry.input
class ImportFleetInput:
    """A file for a fleet, and how it is to be read."""

    fleet_id: strawberry.ID = strawberry.field(description=FLEET)
    file_id: strawberry.ID = strawberry.field(
        description="What `POST /v1/organisation/files` answered."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    mapping: list[FleetColumnInput] = strawberry.field(
        default_factory=list,
        description="Columns whose names do not tell what they hold. At most 200.",
    )
    policy: FeedPolicy = strawberry.field(
        default=FeedPolicy.REJECT_FAILED_ROWS, description="What is done about lines that fail."
    )
    dry_run: bool = strawberry.field(default=False, description="Tell what would be, and no more.")
    encoding: str | None = strawberry.field(
        default=None, description="Of a file that is not UTF-8: `cp1252` …"
    )
    separator: str | None = strawberry.field(
        default=None, description="Between columns, where the header does not tell."
    )
    sheet: str | None = strawberry.field(default=None, description="Sheet of a workbook.")

    def file(self) -> File | None:
        """The same, as it is asked."""
        file_id = row_id(self.file_id, "File", "fileId")
        if file_id is None:
            return None
        mapping = {each.name: each.field or "" for each in self.mapping}
        return File(
            file_id,
            mapping,
            self.policy,
            self.dry_run,
            self.encoding,
            self.separator,
            self.sheet,
        )


@strawberry.input
class OneFleetInput:
    """Which fleet."""

    fleet_id: strawberry.ID = strawberry.field(description=FLEET)
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class UpdateAssetInput:
    """What is to be otherwise. What is left out is kept, `null` clears."""

    asset_id: strawberry.ID = strawberry.field(description=ASSET)
    idempotency_key: str = strawberry.field(description=ONCE)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)
    asset_tag: str | None = strawberry.field(default=UNSET, description="Your tag.")
    condition: str | None = strawberry.field(default=UNSET, description="How it stands.")
    purchase_date: date | None = strawberry.field(default=UNSET, description="When it was bought.")
    site_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Id of a `Site`.")

    def said(self) -> dict[str, object]:
        """What was said, by the names of the use case."""
        given = {
            "tag": self.asset_tag,
            "condition": self.condition,
            "purchased_on": self.purchase_date,
        }
        found: dict[str, object] = {k: v for k, v in given.items() if v is not UNSET}
        if self.site_id is not UNSET:
            found["site_id"] = row_id(self.site_id, "Site", "siteId")
        return found


@strawberry.input
class MatchAssetInput:
    """Which device is which variant."""

    asset_id: strawberry.ID = strawberry.field(description=ASSET)
    variant_id: strawberry.ID = strawberry.field(description="Id of the `Variant`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class MatchAssetsInput:
    """Which words of a fleet mean which variant."""

    fleet_id: strawberry.ID = strawberry.field(description=FLEET)
    model: str = strawberry.field(description="The model as declared, upper or lower case.")
    variant_id: strawberry.ID = strawberry.field(description="Id of the `Variant`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    manufacturer: str | None = strawberry.field(
        default=None, description="The maker as declared; `null` is none."
    )
    storage: str | None = strawberry.field(
        default=None, description="The storage as declared; `null` is any."
    )


@strawberry.input
class RemoveAssetsInput:
    """Which devices leave a fleet."""

    fleet_id: strawberry.ID = strawberry.field(description=FLEET)
    asset_ids: list[strawberry.ID] = strawberry.field(description="Ids of 1 to 500 `Asset`s.")
    idempotency_key: str = strawberry.field(description=ONCE)

"""What is refused about fleets and their devices: one type for each code."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import strawberry

from schema.accounts import Told, told
from schema.accounts.organisations import Stale
from schema.common import Info, Problem
from schema.offers.feed_run_changes import InvalidTransition
from schema.rules import OWN, ruled


@ruled(OWN)
@strawberry.type
class FleetUnknown(Problem):
    """There is no such fleet of yours."""


@ruled(OWN)
@strawberry.type
class FleetMarketUnknown(Problem):
    """There is no such market, or no such country."""


@ruled(OWN)
@strawberry.type
class FleetFileUnknown(Problem):
    """There is no such file of yours, or it is not kept any more."""


@ruled(OWN)
@strawberry.type
class FleetMappingInvalid(Problem):
    """Columns are led to no field of ours, or two of them to one."""

    columns: list[str] = strawberry.field(description="Which columns. At most 200.")


@ruled(OWN)
@strawberry.type
class AssetUnknown(Problem):
    """There is no such device of yours."""


@ruled(OWN)
@strawberry.type
class AssetVariantUnknown(Problem):
    """The catalogue has no such variant."""


@ruled(OWN)
@strawberry.type
class AssetTagTaken(Problem):
    """Another device of yours has this tag."""


@ruled(OWN)
@strawberry.type
class AssetConditionUnknown(Problem):
    """The condition is no word that we know."""


@ruled(OWN)
@strawberry.type
class AssetSiteUnknown(Problem):
    """There is no such site of yours, or you do not act for it."""


Outcome = Mapping[str, Any]


def _moved(made: Told, outcome: Outcome) -> InvalidTransition:
    return InvalidTransition(
        **made, from_=outcome["state"], to=outcome["to"], allowed=outcome["allowed"]
    )


_MAKE: Final[Mapping[str, tuple[Callable[[Told, Outcome], Any], str, list[str], str]]] = {
    "FLEET_UNKNOWN": (
        *(lambda made, _: FleetUnknown(**made), "There is no such fleet."),
        *(["input", "fleetId"], "`fleets` lists yours."),
    ),
    "FLEET_MARKET_UNKNOWN": (
        *(lambda made, _: FleetMarketUnknown(**made), "There is no such market or country."),
        *(["input", "market"], "`markets` lists the markets."),
    ),
    "FLEET_FILE_UNKNOWN": (
        *(lambda made, _: FleetFileUnknown(**made), "There is no such file."),
        *(["input", "fileId"], "Send it to `POST /v1/organisation/files` again."),
    ),
    "FLEET_MAPPING_INVALID": (
        lambda made, outcome: FleetMappingInvalid(**made, columns=outcome["columns"]),
        "Columns are led to no field, or two of them to one.",
        *(["input", "mapping"], "docs/fleets.md lists the fields."),
    ),
    "ASSET_UNKNOWN": (
        *(lambda made, _: AssetUnknown(**made), "There is no such device."),
        *(["input", "assetId"], "`fleet` lists its devices."),
    ),
    "ASSET_VARIANT_UNKNOWN": (
        *(lambda made, _: AssetVariantUnknown(**made), "There is no such variant."),
        *(["input", "variantId"], "`search` and `product` tell ids of variants."),
    ),
    "ASSET_TAG_TAKEN": (
        *(lambda made, _: AssetTagTaken(**made), "Another device has this tag."),
        *(["input", "assetTag"], "Upper and lower case count as the same."),
    ),
    "ASSET_CONDITION_UNKNOWN": (
        *(lambda made, _: AssetConditionUnknown(**made), "We do not know this condition."),
        *(["input", "condition"], "Write good, used, cracked or not working."),
    ),
    "ASSET_SITE_UNKNOWN": (
        *(lambda made, _: AssetSiteUnknown(**made), "There is no such site for you."),
        *(["input", "siteId"], "`sites` lists them."),
    ),
    "INVALID_TRANSITION": (
        *(_moved, "It is not in a state that allows this."),
        *(["input"], "`allowed` lists the states that may follow."),
    ),
    "STALE": (
        lambda made, outcome: Stale(**made, current_version=outcome["version"]),
        "Somebody changed it meanwhile.",
        *(["input", "expectedVersion"], "Read it again."),
    ),
}


def problem(info: Info, outcome: Outcome) -> Any:
    """The refusal that an outcome of a use case stands for; None for one that was made."""
    code = outcome.get("refused")
    if code is None:
        return None
    make, message, path, hint = _MAKE[code]
    return make(told(info, code, message, path, hint), outcome)

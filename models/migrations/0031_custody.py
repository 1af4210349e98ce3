from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import PRESENTED, TENANT, also, opened, private, public
from models.migrations._sql import script

OPERATIONS = f"{PRESENTED} = 'operations'"
BOTH = f"organisation_id = {TENANT} OR merchant_id = {TENANT} OR {OPERATIONS}"
TABLES = (
    "lot_dispute settlement_line settlement asset_erasure asset_medium asset_outcome custody_incident custody_event "
    "custody_chain pickup"
).split()
AWARDED = (
    f"EXISTS (SELECT FROM lot WHERE lot.id = asset.lot_id AND lot.awarded_merchant_id = {TENANT})"
)


class Migration(migrations.Migration):
    dependencies = [("models", "0030_organisations")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("custody.sql"),
                *public("lot_terms"),
                *(statement for table in TABLES for statement in private(table, BOTH, "SELECT")),
                *private("downstream_partner", f"merchant_id = {TENANT} OR {OPERATIONS}", "SELECT"),
                *private("refresh_project", f"organisation_id = {TENANT}", "SELECT"),
                *private("refresh_pair", f"organisation_id = {TENANT}", "SELECT"),
                *also("lot", "handover_staff", OPERATIONS, "SELECT"),
                *also("asset", "handover_staff", OPERATIONS, "SELECT"),
                *also("asset", "handover_merchant", AWARDED, "SELECT"),
            ],
            reverse_sql=[
                "DROP POLICY handover_merchant ON asset",
                "DROP POLICY handover_staff ON asset",
                "DROP POLICY handover_staff ON lot",
                *(statement for table in TABLES for statement in opened(table)),
                *(
                    s
                    for t in ("downstream_partner", "refresh_project", "refresh_pair")
                    for s in opened(t)
                ),
                "DROP TABLE refresh_pair",
                "DROP TABLE refresh_project",
                "ALTER TABLE lot DROP COLUMN reconcile_by, DROP COLUMN counted_at",
                "DROP TABLE lot_dispute",
                "DROP TABLE settlement_line",
                "DROP TABLE settlement",
                "DROP TABLE downstream_partner",
                "DROP TABLE asset_erasure",
                "DROP TABLE asset_medium",
                "DROP TABLE asset_outcome",
                "DROP TABLE custody_incident",
                "DROP TABLE custody_event",
                "DROP TABLE custody_chain",
                "DROP TABLE pickup",
                "DROP TABLE lot_terms",
            ],
        )
    ]

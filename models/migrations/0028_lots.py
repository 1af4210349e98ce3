from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, SYSTEM, TENANT, also, child, opened, private
from models.migrations._sql import script

OWN = f"organisation_id = {TENANT} OR awarded_merchant_id = {TENANT}"
LISTED = (
    "EXISTS (SELECT FROM lot l WHERE l.id = {table}.lot_id AND (l.organisation_id = "
    f"{TENANT} OR l.awarded_merchant_id = {TENANT} AND l.contracted_at IS NOT NULL))"
)
SUPPLIER = (
    f"EXISTS (SELECT FROM lot l WHERE l.id = lot_bid.lot_id AND l.organisation_id = {TENANT} "
    "AND (l.opened_at IS NOT NULL OR NOT l.sealed))"
)
OPEN = "opens_at <= clock_timestamp()"


def fixed(table: str) -> list[str]:
    """Rows that nobody changes once they are written."""
    return [f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {SYSTEM}"]


SEAL = [
    "ALTER TABLE lot_seal ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE lot_seal FORCE ROW LEVEL SECURITY",
    f"CREATE POLICY own ON lot_seal FOR SELECT TO {APP} USING ({OPEN} AND "
    "EXISTS (SELECT FROM lot l WHERE l.id = lot_seal.lot_id))",
    f"CREATE POLICY system ON lot_seal FOR SELECT TO {SYSTEM} USING ({OPEN})",
    f"CREATE POLICY made ON lot_seal FOR INSERT TO {SYSTEM} WITH CHECK (opens_at > clock_timestamp())",
    f"GRANT SELECT ON lot_seal TO {APP}",
    *fixed("lot_seal"),
]


class Migration(migrations.Migration):
    dependencies = [("models", "0027_fleets")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("lots.sql"),
                *private("lot", OWN),
                *private("lot_manifest", LISTED.format(table="lot_manifest"), "SELECT, INSERT"),
                *fixed("lot_manifest"),
                *private(
                    "lot_manifest_line", LISTED.format(table="lot_manifest_line"), "SELECT, INSERT"
                ),
                *fixed("lot_manifest_line"),
                *SEAL,
                *private("lot_bid", rights="SELECT"),
                *also("lot_bid", "supplier", SUPPLIER, "SELECT"),
                *child("lot_move", "lot", "lot_id", "SELECT, INSERT"),
                *fixed("lot_move"),
                *private("merchant_capability", rights="SELECT"),
            ],
            reverse_sql=[
                *opened("merchant_capability"),
                *opened("lot_move"),
                *opened("lot_bid", "own system supplier"),
                *opened("lot_seal", "own system made"),
                *opened("lot_manifest_line"),
                *opened("lot_manifest"),
                *opened("lot"),
                "DROP FUNCTION lot_seal_key(uuid, int)",
                "DROP TABLE merchant_capability, lot_move, lot_bid, lot_seal, lot_manifest_line, lot_manifest",
                "ALTER TABLE asset DROP CONSTRAINT asset_lot_id_fkey",
                "DROP TABLE lot",
            ],
        )
    ]

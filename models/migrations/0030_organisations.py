from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, MERCHANT, PRESENTED, SYSTEM, TENANT, USER, also, bound, opened, private
from models.migrations._sql import script

DESK = f"{PRESENTED} = 'desk'"
OWN = f"organisation_id = {TENANT}"
OF_EITHER = f"{MERCHANT} OR {OWN}"
OWNER = f"owner_id = {TENANT}"
NEW = "approval organisation_invitation organisation_issuer organisation_site"


def again(table: str, rows: str, jobs: str = "true") -> list[str]:
    """Other policies for a private table, in the place of those that it has."""
    return [
        f"DROP POLICY own ON {table}",
        f"DROP POLICY system ON {table}",
        f"CREATE POLICY own ON {table} TO {APP} USING ({rows}) WITH CHECK ({rows})",
        f"CREATE POLICY system ON {table} TO {SYSTEM} USING ({jobs}) WITH CHECK ({jobs})",
    ]


class Migration(migrations.Migration):
    dependencies = [("models", "0029_passports")]
    initial = False

    operations = [
        ops.AddField("Organisation", "legal_name", fields.TextField(default="", db_default="")),
        ops.AddField("Organisation", "country", fields.CharField(max_length=2, null=True)),
        ops.AddField("Organisation", "vat_id", fields.CharField(max_length=20, null=True)),
        ops.AddField("Organisation", "market", fields.CharField(max_length=2, null=True)),
        ops.AddField("Organisation", "four_eyes", fields.BooleanField(default=True, db_default=True)),
        ops.AddField("Organisation", "version", fields.IntField(default=1, db_default=1)),
        ops.AddField("Session", "member_id", fields.UUIDField(null=True)),
        ops.RunSQL(
            [
                *script("organisations.sql"),
                *also("organisation", "own_one", f"id = {TENANT}", "SELECT"),
                *also("organisation", "own_change", f"id = {TENANT}", "UPDATE"),
                *private("organisation_site", OWN, "SELECT, INSERT, UPDATE"),
                *private("organisation_member", f"{OWN} OR {DESK} OR account_id = {USER}", "SELECT, INSERT, UPDATE"),
                *private("organisation_invitation", f"{OWN} OR {DESK}", "SELECT, INSERT, UPDATE"),
                *private("approval", OWN, "SELECT, INSERT, UPDATE"),
                *private("organisation_issuer", f"{OWN} OR {DESK}", "SELECT"),
                *again("stored_file", OF_EITHER, bound(OF_EITHER)),
                *again("webhook_endpoint", OF_EITHER),
                *again("webhook_delivery", OWNER),
            ],
            reverse_sql=[
                "ALTER TABLE session DROP CONSTRAINT session_member_id_fkey",
                *(line for table in NEW.split() for line in opened(table)),
                *opened("organisation_member"),
                "DROP POLICY own_one ON organisation",
                "DROP POLICY own_change ON organisation",
                *(f"DROP TABLE {table}" for table in (*NEW.split(), "organisation_member")),
                *script("organisations_down.sql"),
                *again("webhook_delivery", MERCHANT),
                *again("webhook_endpoint", MERCHANT),
                *again("stored_file", MERCHANT, bound()),
                "ALTER TABLE webhook_endpoint DROP COLUMN organisation_id, ALTER COLUMN merchant_id SET NOT NULL",
                "ALTER TABLE stored_file DROP COLUMN organisation_id, ALTER COLUMN merchant_id SET NOT NULL",
            ],
        ),
    ]

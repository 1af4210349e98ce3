from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, MERCHANT, PRESENTED, USER, opened, private, public
from models.migrations._sql import script

STAFF = f"{PRESENTED} = 'operations'"
OWN = f"{MERCHANT} OR customer_id = {USER} OR {STAFF}"


class Migration(migrations.Migration):
    dependencies = [("models", "0018_payments")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("fulfilment.sql"),
                *public("category_unit"),
                *private("fulfilment_setting", f"{MERCHANT} OR {STAFF}", "SELECT, INSERT, UPDATE"),
                *private("unit", OWN, "SELECT, INSERT, UPDATE"),
                *private("unit_identifier", OWN),
                *private("unit_event", OWN, "SELECT, INSERT"),
                *private("unit_acquisition", MERCHANT, "SELECT, INSERT, UPDATE, DELETE"),
                *private("withdrawal", OWN, "SELECT, INSERT"),
                *private("withdrawal_line", OWN, "SELECT, INSERT"),
            ],
            reverse_sql=[
                *opened("withdrawal_line"),
                *opened("withdrawal"),
                *opened("unit_acquisition"),
                *opened("unit_event"),
                *opened("unit_identifier"),
                *opened("unit"),
                *opened("fulfilment_setting"),
                f"REVOKE ALL ON category_unit FROM {APP}",
                "DROP TRIGGER identity_follows ON order_line",
                "DROP FUNCTION boucle_identity_follows",
                "DROP INDEX order_line_lost",
                "ALTER TABLE order_line DROP COLUMN withdraw_until, DROP COLUMN rights, DROP COLUMN reminded_at",
                "DROP TABLE withdrawal_line",
                "DROP TABLE withdrawal",
                "DROP TABLE unit_acquisition",
                "DROP TABLE unit_event",
                "DROP TABLE unit_identifier",
                "DROP TABLE unit",
                "DROP TABLE fulfilment_setting",
                "DROP TABLE category_unit",
            ],
        )
    ]

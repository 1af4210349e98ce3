from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, USER, also, opened, private
from models.migrations._sql import script

STAFF = f"{PRESENTED} = 'operations'"
OWN = f"{MERCHANT} OR customer_id = {USER} OR {STAFF}"
PUSHED = f"'carrier:' || id = {PRESENTED}"
THROUGH = "EXISTS (SELECT FROM carrier_account p WHERE p.id = carrier_delivery.account_id)"


class Migration(migrations.Migration):
    dependencies = [("models", "0019_fulfilment")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("tracking.sql"),
                *also("carrier_account", "pushed", PUSHED, "SELECT"),
                *private("carrier_delivery", THROUGH, "SELECT, INSERT"),
                *private("after_sales_case", OWN, "SELECT, INSERT, UPDATE"),
                *private("after_sales_case_move", OWN, "SELECT, INSERT"),
            ],
            reverse_sql=[
                *opened("after_sales_case_move"),
                *opened("after_sales_case"),
                *opened("carrier_delivery"),
                "DROP POLICY pushed ON carrier_account",
                "DROP TABLE after_sales_case_move",
                "DROP TABLE after_sales_case",
                "DROP TABLE carrier_unmapped_code",
                "DROP TABLE carrier_delivery",
                "DROP TABLE carrier_budget",
                "DROP INDEX shipment_lane",
                "DROP INDEX shipment_unpromised",
                "DROP INDEX shipment_silent",
                "DROP INDEX shipment_unassigned",
                "DROP INDEX shipment_due_account",
                "ALTER TABLE shipment DROP COLUMN word_status, DROP COLUMN word_reason, "
                "DROP COLUMN word_at, DROP COLUMN lost_at, DROP COLUMN urgent",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, TENANT, USER
from models.migrations._sql import script

OF_ORGANISATION = f"organisation_id = {TENANT}"


class Migration(migrations.Migration):
    dependencies = [("models", "0022_contracts")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("supply.sql"),
                f"CREATE POLICY of_organisation ON event TO {APP} USING ({OF_ORGANISATION}) WITH CHECK ({OF_ORGANISATION})",
                f"CREATE POLICY of_organisation ON shipment FOR SELECT TO {APP} USING ({OF_ORGANISATION})",
                f"CREATE POLICY of_organisation ON ledger_posting FOR SELECT TO {APP} USING ({OF_ORGANISATION})",
                f"CREATE POLICY of_customer ON ledger_posting FOR SELECT TO {APP} USING (customer_id = {USER})",
            ],
            reverse_sql=[
                "DROP POLICY of_customer ON ledger_posting",
                "DROP POLICY of_organisation ON ledger_posting",
                "DROP POLICY of_organisation ON shipment",
                "DROP POLICY of_organisation ON event",
                "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_about, DROP COLUMN subject_id, "
                "DROP COLUMN organisation_id, DROP COLUMN customer_id, ALTER COLUMN purchase_id SET NOT NULL",
                "ALTER TABLE shipment DROP COLUMN trade_in_id, DROP COLUMN lot_id, DROP COLUMN organisation_id",
                "ALTER TABLE event DROP CONSTRAINT event_of_one, DROP COLUMN organisation_id, "
                "ALTER COLUMN merchant_id SET NOT NULL",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import TENANT, child, opened, private
from models.migrations._sql import script

OWN = f"organisation_id = {TENANT}"


class Migration(migrations.Migration):
    dependencies = [("models", "0026_trade_in_orders")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("fleets.sql"),
                *private("fleet", OWN),
                *private("asset", OWN),
                *private("fleet_import", OWN),
                *child("fleet_line", "fleet_import", "import_id", "SELECT"),
            ],
            reverse_sql=[
                *opened("fleet_line"),
                *opened("fleet_import"),
                *opened("asset"),
                *opened("fleet"),
                "DROP TABLE fleet_line",
                "DROP TABLE fleet_import",
                "DROP TABLE asset",
                "DROP TABLE fleet",
            ],
        )
    ]

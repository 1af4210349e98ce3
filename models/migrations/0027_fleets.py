from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import TENANT, opened, private
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
            ],
            reverse_sql=[
                *opened("asset"),
                *opened("fleet"),
                "DROP TABLE asset",
                "DROP TABLE fleet",
            ],
        )
    ]

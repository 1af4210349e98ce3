from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import TENANT, opened, private
from models.migrations._sql import script

OWN = f"organisation_id = {TENANT} OR awarded_merchant_id = {TENANT}"


class Migration(migrations.Migration):
    dependencies = [("models", "0027_fleets")]
    initial = False

    operations = [
        ops.RunSQL(
            [*script("lots.sql"), *private("lot", OWN)],
            reverse_sql=[
                *opened("lot"),
                "ALTER TABLE asset DROP CONSTRAINT asset_lot_id_fkey",
                "DROP TABLE lot",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, opened, private, public
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0021_reviews")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("contracts.sql"),
                *public("carrier_contract"),
                *public("carrier_rate"),
                *private(
                    "shipping_label", f"{MERCHANT} OR {PRESENTED} = 'operations'", "SELECT, INSERT, UPDATE"
                ),
            ],
            reverse_sql=[
                *opened("shipping_label"),
                "DROP TABLE shipping_label",
                "DROP TABLE carrier_rate",
                "DROP TABLE carrier_contract",
            ],
        )
    ]

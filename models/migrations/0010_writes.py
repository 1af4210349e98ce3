from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import opened, private
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0009_channels")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("writes.sql"),
                *private("reservation", rights="SELECT"),
                *private("stock_rule", rights="SELECT, INSERT, UPDATE"),
                *private("price_confirmation", rights="SELECT"),
                *private("offer_change", rights="SELECT"),
            ],
            reverse_sql=[
                *opened("offer_change"),
                *opened("price_confirmation"),
                *opened("stock_rule"),
                *opened("reservation"),
                *script("writes_down.sql"),
            ],
        )
    ]

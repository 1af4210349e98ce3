from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, USER, opened, private
from models.migrations._sql import script

OWN = f"{MERCHANT} OR customer_id = {USER} OR {PRESENTED} = 'operations'"


class Migration(migrations.Migration):
    dependencies = [("models", "0025_trade_in_bids")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("trade_in_orders.sql"),
                *private("trade_in_order", OWN, "SELECT, INSERT, UPDATE"),
                *private("trade_in_move", OWN, "SELECT, INSERT"),
            ],
            reverse_sql=[
                *opened("trade_in_move"),
                *opened("trade_in_order"),
                "DROP TABLE trade_in_move",
                "DROP TABLE trade_in_order",
            ],
        )
    ]

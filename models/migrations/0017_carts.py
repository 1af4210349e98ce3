from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import PRESENTED, USER, also, child, opened, private
from models.migrations._sql import script

HOLDER = f"customer_id = {USER} OR token_hash = {PRESENTED}"


class Migration(migrations.Migration):
    dependencies = [("models", "0016_rules")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("carts.sql"),
                *private("cart", HOLDER, "SELECT, INSERT, UPDATE"),
                *child("cart_line", "cart", "cart_id", "SELECT, INSERT, UPDATE, DELETE"),
                *also("once", "cart", f"caller = 'cart:' || {PRESENTED}", "ALL"),
            ],
            reverse_sql=[
                "DROP POLICY cart ON once",
                *opened("cart_line"),
                *opened("cart"),
                "DROP INDEX order_line_reservation",
                "DROP INDEX reservation_open",
                "DROP TABLE selling_cap",
                "DROP TABLE cart_line",
                "DROP TABLE cart",
            ],
        )
    ]

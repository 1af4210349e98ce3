from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, USER, also, opened, private
from models.migrations._sql import script

STAFF = f"{PRESENTED} = 'operations'"
BUYER = f"customer_id = {USER}"
OWN = f"{MERCHANT} OR {BUYER} OR {STAFF}"
THROUGH = "EXISTS (SELECT FROM {0} p WHERE p.id = {1}.{2})"
SELLS = f"EXISTS (SELECT FROM orders o WHERE o.purchase_id = purchase.id AND o.{MERCHANT})"
READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE"


class Migration(migrations.Migration):
    dependencies = [("models", "0014_bulk")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("orders.sql"),
                *private("purchase", f"{BUYER} OR {STAFF}", WRITE),
                *private("orders", OWN, WRITE),
                *also("purchase", "sells", SELLS, "SELECT"),
                *private("order_line", OWN, WRITE),
                *private("order_line_move", OWN, "SELECT, INSERT"),
                *private("carrier_account", f"{MERCHANT} OR {STAFF}"),
                *private("shipment", OWN, WRITE),
                *private("shipment_line", OWN, "SELECT, INSERT"),
                *private("shipment_event", THROUGH.format("shipment", "shipment_event", "shipment_id"), READ),
            ],
            reverse_sql=[
                *opened("shipment_event"),
                *opened("shipment_line"),
                *opened("shipment"),
                *opened("carrier_account"),
                *opened("order_line_move"),
                *opened("order_line"),
                *opened("purchase", "own system sells"),
                *opened("orders"),
                "DROP TABLE shipment_event",
                "DROP TABLE shipment_line",
                "DROP TABLE shipment",
                "DROP TABLE carrier_account",
                "DROP TABLE order_line_move",
                "DROP TABLE order_line",
                "DROP FUNCTION boucle_order_follows",
                "DROP TABLE orders",
                "DROP TABLE purchase",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, MERCHANT, PRESENTED, USER, also, opened, private, public
from models.migrations._sql import script

OPERATIONS = f"{PRESENTED} = 'operations'"
OWN = f"{MERCHANT} OR customer_id = {USER} OR {OPERATIONS}"
CUSTOMER = f"customer_id = {USER} OR {OPERATIONS}"
PERSONAL = "shipping_label", "of_customer", f"customer_id = {USER} AND purpose = 'TRADE_IN'"
TABLES = (
    "donation_receipt store_credit_use store_credit trade_in_payout payout_batch trade_in_move"
)


class Migration(migrations.Migration):
    dependencies = [("models", "0025_trade_in_bids")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("trade_in_orders.sql"),
                *public("trade_in_step"),
                *public("solidarity_partner"),
                *private("trade_in_order", OWN, "SELECT, INSERT, UPDATE"),
                *private("trade_in_move", OWN, "SELECT, INSERT"),
                *private("trade_in_payout", CUSTOMER, "SELECT"),
                *private("donation_receipt", CUSTOMER, "SELECT"),
                *private("store_credit", CUSTOMER, "SELECT"),
                *private("store_credit_use", CUSTOMER, "SELECT"),
                *also(*PERSONAL, "SELECT"),
                f"GRANT SELECT (credit_id) ON payment TO {APP}",
            ],
            reverse_sql=[
                "DROP POLICY of_customer ON shipping_label",
                *opened("store_credit_use"),
                *opened("store_credit"),
                *opened("donation_receipt"),
                *opened("trade_in_payout"),
                *opened("trade_in_move"),
                *opened("trade_in_order"),
                "DELETE FROM shipping_label WHERE trade_in_id IS NOT NULL",
                "ALTER TABLE shipping_label DROP CONSTRAINT shipping_label_about, "
                "DROP COLUMN purpose, DROP COLUMN trade_in_id, DROP COLUMN customer_id, "
                "ALTER COLUMN order_id SET NOT NULL, ALTER COLUMN purchase_id SET NOT NULL",
                "ALTER TABLE refund DROP CONSTRAINT refund_credit, DROP COLUMN credit_minor",
                "ALTER TABLE payment DROP COLUMN credit_id, DROP CONSTRAINT payment_amount_minor_check, "
                "ADD CONSTRAINT payment_amount_minor_check CHECK (amount_minor > 0) NOT VALID",
                *(f"DROP TABLE {table}" for table in TABLES.split()),
                "DROP TABLE trade_in_order",
                "DROP TABLE solidarity_partner",
                "DROP TABLE trade_in_step",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, USER, opened, private
from models.migrations._sql import script

STAFF = f"{PRESENTED} = 'operations'"
BUYER = f"customer_id = {USER}"
PAYMENT = (
    "SELECT (id, purchase_id, customer_id, market, state, amount_minor, currency, refunded_minor, code, retryable, "
    "action_url, captured_at, version, created_at, updated_at)"
)
REFUND = (
    "SELECT (id, payment_id, purchase_id, order_id, line_id, merchant_id, customer_id, amount_minor, currency, reason, "
    "state, actor, version, created_at, ended_at)"
)
POSTED = f"EXISTS (SELECT FROM ledger_posting p WHERE p.transaction_id = ledger_transaction.id AND p.{MERCHANT})"


class Migration(migrations.Migration):
    dependencies = [("models", "0017_carts")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("payments.sql"),
                *private("payment", f"{BUYER} OR {STAFF}", PAYMENT),
                *private("refund", f"{MERCHANT} OR {BUYER} OR {STAFF}", REFUND),
                *private("ledger_posting", f"{MERCHANT} OR {STAFF}", "SELECT"),
                *private("ledger_transaction", f"{POSTED} OR {STAFF}", "SELECT"),
            ],
            reverse_sql=[
                *opened("ledger_transaction"),
                *opened("ledger_posting"),
                *opened("refund"),
                *opened("payment"),
                "DROP TABLE simulated_payment",
                "DROP INDEX order_line_to_release",
                "ALTER TABLE order_line DROP COLUMN released_at",
                "DROP TABLE ledger_posting",
                "DROP FUNCTION boucle_ledger_balances",
                "DROP TABLE ledger_transaction",
                "DROP TABLE payment_webhook",
                "DROP TABLE refund",
                "DROP TABLE payment",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import PRESENTED, USER, opened, private
from models.migrations._sql import script

HELD = f"customer_id = {USER} OR 'quote:' || token_sha256 = {PRESENTED}"


class Migration(migrations.Migration):
    dependencies = [("models", "0024_certificates")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("trade_in_bids.sql"),
                *private("trade_in_bid"),
                *private("trade_in_quote", HELD, "SELECT, INSERT, UPDATE"),
            ],
            reverse_sql=[
                *opened("trade_in_quote"),
                *opened("trade_in_bid"),
                "DROP TABLE trade_in_quote",
                "DROP TABLE trade_in_bid",
            ],
        )
    ]

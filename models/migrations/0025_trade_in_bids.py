from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import PRESENTED, USER, opened, private, public
from models.migrations._sql import script

HELD = f"customer_id = {USER} OR 'quote:' || token_sha256 = {PRESENTED}"
MINE = f"customer_id = {USER}"
PUBLIC = ("programme", "question", "answer", "grade_code", "decay", "keeping")


class Migration(migrations.Migration):
    dependencies = [("models", "0024_certificates")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("trade_in_bids.sql"),
                *(grant for name in PUBLIC for grant in public(f"trade_in_{name}")),
                *private("trade_in_bid"),
                *private("trade_in_reliability", rights="SELECT"),
                *private("trade_in_quote", HELD, "SELECT, INSERT, UPDATE"),
                *private("trade_in_saved_device", MINE),
            ],
            reverse_sql=[
                *opened("trade_in_saved_device"),
                *opened("trade_in_quote"),
                *opened("trade_in_reliability"),
                *opened("trade_in_bid"),
                "DROP TABLE trade_in_saved_device",
                "DROP TABLE trade_in_quote",
                "DROP TABLE trade_in_reliability",
                "DROP TABLE trade_in_bid",
                "DROP TABLE trade_in_keeping",
                "DROP TABLE trade_in_decay",
                "DROP TABLE trade_in_grade_code",
                "DROP TABLE trade_in_answer",
                "DROP TABLE trade_in_question",
                "DROP TABLE trade_in_programme",
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, USER, opened, private
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0020_tracking")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("reviews.sql"),
                *private(
                    "review",
                    f"{MERCHANT} OR customer_id = {USER} OR {PRESENTED} = 'operations'",
                    "SELECT, INSERT",
                ),
            ],
            reverse_sql=[
                *opened("review"),
                "DROP TABLE review",
                "DROP INDEX after_sales_case_reply",
                "ALTER TABLE after_sales_case DROP COLUMN resolution",
            ],
        )
    ]

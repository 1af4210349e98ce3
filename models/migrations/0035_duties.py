from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, opened, private, public
from models.migrations._sql import script

STAFF = f"{PRESENTED} = 'operations'"
TOLD = f"{MERCHANT} AND delivered_at IS NOT NULL OR {STAFF}"


class Migration(migrations.Migration):
    dependencies = [("models", "0034_impact_register")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("duties.sql"),
                *public("price_reduction"),
                *private("trader_fact", f"{MERCHANT} OR {STAFF}", "SELECT"),
                *private("trader_deadline", f"{MERCHANT} OR {STAFF}", "SELECT"),
                *private("decision", TOLD, "SELECT"),
                *private("decision_appeal", f"{MERCHANT} OR {STAFF}", "SELECT"),
                *private("offer_removal", f"{MERCHANT} OR {STAFF}", "SELECT"),
                *private("period_report", f"{STAFF} OR {MERCHANT}", "SELECT"),
                *private("period_report_line", f"{STAFF} OR {MERCHANT}", "SELECT"),
            ],
            reverse_sql=[
                *(
                    statement
                    for table in (
                        "period_report_line period_report offer_removal decision_appeal decision trader_deadline trader_fact"
                    ).split()
                    for statement in [*opened(table), f"DROP TABLE {table}"]
                ),
                "DROP FUNCTION boucle_statement_stays()",
                "DROP TABLE price_reduction",
                "ALTER TABLE price_history DROP COLUMN published",
            ],
        )
    ]

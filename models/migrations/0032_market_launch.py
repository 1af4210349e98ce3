from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import public
from models.migrations._sql import script

TABLES = (
    "market_price_terms exchange_rate market_text market_approval market_rehearsal market_check market_pause market_launch"
).split()


class Migration(migrations.Migration):
    dependencies = [("models", "0031_custody")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("market_launch.sql"),
                *public("market_launch", "market, percent"),
                *public("market_pause", "market, scope, category, since"),
                *public("market_text"),
                *public("exchange_rate", "id, base, quote, on_day, rate, source, origin, recorded_at, withdrawn_at"),
                *public("market_price_terms"),
            ],
            reverse_sql=[
                "DROP FUNCTION boucle_derived_minor",
                "DROP FUNCTION boucle_derived_price",
                *(f"DROP TABLE {table}" for table in TABLES),
            ],
        )
    ]

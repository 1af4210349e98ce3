from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, MERCHANT, PRESENTED, TENANT, USER, opened, private
from models.migrations._sql import script

STAFF = f"{PRESENTED} = 'operations'"
BEFORE = f"{MERCHANT} OR customer_id = {USER} OR {STAFF}"
OWN = f"{MERCHANT} OR customer_id = {USER} OR organisation_id = {TENANT} OR {STAFF}"
ERASED = f"{MERCHANT} OR organisation_id = {TENANT} OR {STAFF}"
HELD = "EXISTS (SELECT FROM unit_party p WHERE p.unit_id = unit.id)"
SPOKEN = "EXISTS (SELECT FROM unit_party p WHERE p.id = unit_identifier.party_id)"


class Migration(migrations.Migration):
    dependencies = [("models", "0028_lots")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *opened("unit"),
                *opened("unit_identifier"),
                *opened("unit_event"),
                f"REVOKE ALL ON unit, unit_identifier, unit_event FROM {APP}",
                *script("passports.sql"),
                *private("unit_party", f"NOT void AND ({OWN})", "SELECT, UPDATE (customer_id)"),
                *private("unit", HELD, "SELECT"),
                *private("unit_identifier", SPOKEN, "SELECT, UPDATE (place)"),
                *private("unit_event", OWN, "SELECT"),
                *private("unit_medium", OWN, "SELECT"),
                *private("unit_erasure", ERASED, "SELECT"),
                *private("unit_status_check", OWN, "SELECT"),
                *private("unit_stock", MERCHANT, "SELECT, INSERT, UPDATE"),
            ],
            reverse_sql=[
                *opened("unit_stock"),
                *opened("unit_status_check"),
                *opened("unit_erasure"),
                *opened("unit_medium"),
                *opened("unit_event"),
                *opened("unit_identifier"),
                *opened("unit"),
                *opened("unit_party"),
                f"REVOKE ALL ON unit, unit_identifier, unit_event FROM {APP}",
                *script("passports_down.sql"),
                *private("unit", BEFORE, "SELECT, INSERT, UPDATE"),
                *private("unit_identifier", BEFORE),
                *private("unit_event", BEFORE, "SELECT, INSERT"),
            ],
        )
    ]

from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, TENANT, USER, also, child, opened, private
from models.migrations._sql import script

OWN = f"{MERCHANT} OR organisation_id = {TENANT} OR customer_id = {USER}"
STAFF = f"{PRESENTED} = 'operations'"
SENT = f"from_customer_id = {USER} OR from_tenant_id = {TENANT}"
SHARED = (  # the policy of the shares themselves leaves those with the tenant
    "EXISTS (SELECT FROM attachment_share s WHERE s.attachment_id = attachment.id)"
)


class Migration(migrations.Migration):
    dependencies = [("models", "0023_supply")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("certificates.sql"),
                *private("certificate", f"{OWN} OR {STAFF}", "SELECT"),
                *child("certificate_device", "certificate", "certificate_id", "SELECT"),
                *private("attachment", OWN, "SELECT, INSERT, UPDATE"),
                *private("attachment_share", f"{OWN} OR {SENT}", "SELECT"),
                *also("attachment", "shared", SHARED, "SELECT"),
                *also("attachment", "staff", STAFF, "SELECT"),
            ],
            reverse_sql=[
                *opened("attachment_share"),
                *opened("attachment", "own system shared staff"),
                *opened("certificate_device"),
                *opened("certificate"),
                "DROP TABLE attachment_share",
                "DROP TABLE attachment",
                "DROP TABLE certificate_key",
                "DROP TABLE certificate_device",
                "DROP TABLE certificate",
                "DROP FUNCTION boucle_certificate_fixed",
            ],
        )
    ]

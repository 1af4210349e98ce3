from tortoise import migrations
from tortoise.migrations import operations as ops
from domain.offers.lines import FeedFormat
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0005_row_level_security')]

    initial = False

    operations = [
        ops.AlterField(
            model_name='Feed',
            name='format',
            field=fields.CharEnumField(null=True, description='NATIVE_CSV: NATIVE_CSV\nNATIVE_TSV: NATIVE_TSV\nNATIVE_JSONL: NATIVE_JSONL\nGOOGLE_XML: GOOGLE_XML\nGOOGLE_TSV: GOOGLE_TSV\nMETA_CSV: META_CSV\nMIRAKL_CSV: MIRAKL_CSV\nMIRAKL_XLSX: MIRAKL_XLSX\nLISTINGS_CSV: LISTINGS_CSV\nSPREADSHEET: SPREADSHEET\nSHOPIFY_JSONL: SHOPIFY_JSONL\nSHOPIFY_CSV: SHOPIFY_CSV\nAMAZON_TSV: AMAZON_TSV\nAMAZON_JSON: AMAZON_JSON', enum_type=FeedFormat, max_length=16),
        ),
    ]

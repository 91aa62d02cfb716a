"""A second account number, and the keys by which both are compared."""

import re
import unicodedata

from django.db import migrations, models

CHUNK = 500


def fill_keys(apps, schema_editor):
    """The key of each account number that was given so far: as `ids.account_key` makes it."""
    customers = apps.get_model("customers", "Customer").objects.order_by("pk")
    last = 0
    while chunk := list(customers.filter(pk__gt=last).only("pk", "account_number")[:CHUNK]):
        for customer in chunk:
            signs = unicodedata.normalize("NFKC", customer.account_number).upper()
            customer.account_number_key = re.sub(r"[\s\-\u2010-\u2015_.]+", "", signs)
        customers.bulk_update(chunk, ["account_number_key"])
        last = chunk[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_sign_in"),
        ("system", "0003_logo"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="account_number_key",
            field=models.CharField(default="", editable=False, max_length=20),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="customer",
            name="extra_account_number",
            field=models.CharField(blank=True, max_length=20, verbose_name="additional account number"),
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                fields=("organization", "account_number_key"), name="customer_account_number_key_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("extra_account_number", ""), _negated=True),
                fields=("organization", "extra_account_number"),
                name="customer_extra_account_number_once",
            ),
        ),
    ]

"""No index stands beside a longer one that begins with its columns, and none holds nothing but nulls."""

import django.db.models.deletion
from django.db import migrations, models

from headend.system.engine.keys import DropKeyIndex


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_lean_indexes"),
        ("ledger", "0003_promotions"),
        ("system", "0011_lean_indexes"),
    ]

    operations = [
        DropKeyIndex(
            model_name="account",
            name="customer",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        DropKeyIndex(
            model_name="accountday",
            name="account",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
        ),
        DropKeyIndex(
            model_name="entry",
            name="credit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_entries",
                to="ledger.account",
            ),
        ),
        DropKeyIndex(
            model_name="entry",
            name="debit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="debit_entries",
                to="ledger.account",
            ),
        ),
        DropKeyIndex(
            model_name="entry",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
    ]

"""No index stands beside a longer one that begins with its columns, and none holds nothing but nulls."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from headend.system.engine.keys import DropKeyIndex


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0008_lean_indexes"),
        ("billing", "0003_free_purchases"),
        ("customers", "0007_lean_indexes"),
        ("system", "0011_lean_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropKeyIndex(
            model_name="gateway",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="payment",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        DropKeyIndex(
            model_name="payment",
            name="gateway",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="billing.gateway"
            ),
        ),
        DropKeyIndex(
            model_name="payment",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="payment",
            name="purchase",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="billing.purchase"
            ),
        ),
        DropKeyIndex(
            model_name="payment",
            name="taken_by",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
            ),
        ),
        DropKeyIndex(
            model_name="purchase",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        DropKeyIndex(
            model_name="purchase",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="purchase",
            name="subscription",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
            ),
        ),
        DropKeyIndex(
            model_name="purchaseline",
            name="purchase",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="billing.purchase"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("purchase__isnull", False)), fields=["purchase"], name="payment_of_purchase"
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("subscription__isnull", False)),
                fields=["subscription"],
                name="purchase_of_subscription",
            ),
        ),
    ]

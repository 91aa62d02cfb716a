"""Few customers are deleted, or have an account that ends on a day: they are found by an index of theirs."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0007_lean_indexes"),
        ("system", "0012_sweep_lane"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("account_expires_on__isnull", False)),
                fields=["account_expires_on"],
                name="customer_account_expires",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)), fields=["deleted_at"], name="customer_gone"
            ),
        ),
    ]

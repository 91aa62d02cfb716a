"""No index stands beside a longer one that begins with its columns, and none holds nothing but nulls."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from headend.system.engine.keys import DropKeyIndex


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_session_keys"),
        ("customers", "0007_lean_indexes"),
        ("network", "0003_lean_indexes"),
        ("system", "0011_lean_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="block",
            name="block_subscription_once",
        ),
        migrations.RemoveConstraint(
            model_name="block",
            name="block_device_once",
        ),
        migrations.RemoveConstraint(
            model_name="block",
            name="block_voucher_once",
        ),
        migrations.RemoveConstraint(
            model_name="usageday",
            name="usage_day_once",
        ),
        migrations.RemoveConstraint(
            model_name="usageday",
            name="usage_day_of_voucher_once",
        ),
        migrations.RemoveIndex(
            model_name="session",
            name="session_live_of",
        ),
        migrations.RemoveIndex(
            model_name="session",
            name="session_of_customer",
        ),
        migrations.RemoveIndex(
            model_name="session",
            name="session_live_of_voucher",
        ),
        migrations.RemoveIndex(
            model_name="voucher",
            name="voucher_of_customer",
        ),
        DropKeyIndex(
            model_name="batch",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="block",
            name="device",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.device"
            ),
        ),
        DropKeyIndex(
            model_name="block",
            name="subscription",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
            ),
        ),
        DropKeyIndex(
            model_name="block",
            name="voucher",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"
            ),
        ),
        DropKeyIndex(
            model_name="credential",
            name="subscription",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
            ),
        ),
        DropKeyIndex(
            model_name="credential",
            name="voucher",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"
            ),
        ),
        DropKeyIndex(
            model_name="device",
            name="customer",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        DropKeyIndex(
            model_name="device",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="plan",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="refusalcount",
            name="organization",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="session",
            name="subscription",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
            ),
        ),
        DropKeyIndex(
            model_name="session",
            name="voucher",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"
            ),
        ),
        DropKeyIndex(
            model_name="sheet",
            name="batch",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="access.batch"),
        ),
        DropKeyIndex(
            model_name="usageday",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="usageday",
            name="subscription",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="access.subscription"
            ),
        ),
        DropKeyIndex(
            model_name="usageday",
            name="voucher",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="access.voucher"
            ),
        ),
        DropKeyIndex(
            model_name="usageperiod",
            name="subscription",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="access.subscription"
            ),
        ),
        DropKeyIndex(
            model_name="voucher",
            name="customer",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        DropKeyIndex(
            model_name="voucher",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="voucher",
            name="sheet",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.sheet"
            ),
        ),
        DropKeyIndex(
            model_name="refusalcount",
            name="nas",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="network.nas"
            ),
        ),
        migrations.AddIndex(
            model_name="refusalcount",
            index=models.Index(
                condition=models.Q(("nas__isnull", False)), fields=["nas", "hour"], name="refusal_of_nas"
            ),
        ),
        migrations.AddIndex(
            model_name="block",
            index=models.Index(
                condition=models.Q(("subscription__isnull", False)),
                fields=["subscription"],
                name="block_of_subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="block",
            index=models.Index(
                condition=models.Q(("voucher__isnull", False)), fields=["voucher"], name="block_of_voucher"
            ),
        ),
        migrations.AddIndex(
            model_name="block",
            index=models.Index(
                condition=models.Q(("device__isnull", False)), fields=["device"], name="block_of_device"
            ),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                condition=models.Q(("subscription__isnull", False)),
                fields=["subscription"],
                name="credential_of_subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="credential",
            index=models.Index(
                condition=models.Q(("voucher__isnull", False)), fields=["voucher"], name="credential_of_voucher"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("subscription__isnull", False)),
                fields=["subscription"],
                name="session_live_of",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("voucher__isnull", False)),
                fields=["voucher"],
                name="session_live_of_voucher",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("subscription__isnull", False)),
                fields=["subscription"],
                name="session_of_subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("voucher__isnull", False)), fields=["voucher"], name="session_of_voucher"
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)),
                fields=["customer", "-started_at"],
                name="session_of_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)),
                fields=["customer", "-issued_at"],
                name="voucher_of_customer",
            ),
        ),
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(condition=models.Q(("sheet__isnull", False)), fields=["sheet"], name="voucher_of_sheet"),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True), ("subscription__isnull", False)),
                fields=("subscription",),
                name="block_subscription_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lifted_at__isnull", True), ("voucher__isnull", False)),
                fields=("voucher",),
                name="block_voucher_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                condition=models.Q(("device__isnull", False), ("lifted_at__isnull", True)),
                fields=("device",),
                name="block_device_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="usageday",
            constraint=models.UniqueConstraint(
                condition=models.Q(("subscription__isnull", False)),
                fields=("subscription", "day"),
                name="usage_day_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="usageday",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voucher__isnull", False)),
                fields=("voucher", "day"),
                name="usage_day_of_voucher_once",
            ),
        ),
    ]

"""No index stands beside a longer one that begins with its columns, and none holds nothing but nulls."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import headend.customers.models
from headend.system.engine.keys import DropKeyIndex


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_contact_phone"),
        ("system", "0011_lean_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="suspension",
            name="suspension_customer_once",
        ),
        migrations.RemoveConstraint(
            model_name="suspension",
            name="suspension_group_once",
        ),
        DropKeyIndex(
            model_name="customer",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="customer",
            name="site",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=headend.customers.models.leave_site,
                to="system.site",
                verbose_name="default site",
            ),
        ),
        DropKeyIndex(
            model_name="group",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
        DropKeyIndex(
            model_name="suspension",
            name="customer",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        DropKeyIndex(
            model_name="suspension",
            name="group",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="customers.group"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("phone", ""), _negated=True),
                fields=["organization", "phone"],
                name="customer_by_phone",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(condition=models.Q(("site__isnull", False)), fields=["site"], name="customer_of_site"),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)), fields=["customer"], name="suspension_of_customer"
            ),
        ),
        migrations.AddIndex(
            model_name="suspension",
            index=models.Index(
                condition=models.Q(("group__isnull", False)), fields=["group"], name="suspension_of_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer__isnull", False), ("lifted_at__isnull", True)),
                fields=("customer", "kind"),
                name="suspension_customer_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="suspension",
            constraint=models.UniqueConstraint(
                condition=models.Q(("group__isnull", False), ("lifted_at__isnull", True)),
                fields=("group", "kind"),
                name="suspension_group_once",
            ),
        ),
    ]

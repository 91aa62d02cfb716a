"""The tables of `customers` as they began."""

import django.db.models.deletion
import headend.customers.models
import headend.lib.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("system", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Group",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                ("is_default", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("account_number", models.CharField(max_length=20, verbose_name="account number")),
                ("account_number_key", models.CharField(editable=False, max_length=20)),
                (
                    "extra_account_number",
                    models.CharField(blank=True, max_length=20, verbose_name="additional account number"),
                ),
                ("first_name", models.CharField(blank=True, max_length=80, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=80, verbose_name="last name")),
                ("company", models.CharField(blank=True, max_length=120, verbose_name="company")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                ("contact_phone", models.CharField(blank=True, max_length=20, verbose_name="contact phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("email_key", models.CharField(blank=True, editable=False, max_length=254)),
                ("username", models.CharField(blank=True, max_length=80, verbose_name="username")),
                ("username_key", models.CharField(blank=True, editable=False, max_length=80)),
                ("password", models.CharField(blank=True, editable=False, max_length=128)),
                ("account_expires_on", models.DateField(blank=True, null=True, verbose_name="account expiry date")),
                ("sort_key", models.CharField(editable=False, max_length=200)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("deleted_at", models.DateTimeField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=headend.customers.models.leave_site,
                        to="system.site",
                        verbose_name="default site",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="customers.group", verbose_name="group"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suspension",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("overdue", "Overdue"),
                            ("abuse", "Abuse"),
                            ("hold", "On hold"),
                            ("disabled", "Disabled"),
                        ],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("billing_continues", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("ends_at", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="customers.group"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(fields=("organization", "name_key"), name="group_name_once"),
        ),
        migrations.AddConstraint(
            model_name="group",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("organization",), name="group_one_default"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["organization", "sort_key", "id"], name="customer_by_name"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["organization", "-created_at"], name="customer_by_joined"),
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
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False), ("erased_at__isnull", True)),
                fields=["organization", "sort_key", "id"],
                name="customer_deleted",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", False)), fields=["organization"], name="customer_erased"
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(condition=models.Q(("site__isnull", False)), fields=["site"], name="customer_of_site"),
        ),
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
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                fields=("organization", "account_number"), name="customer_account_number_once"
            ),
        ),
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
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True), models.Q(("phone", ""), _negated=True)),
                fields=("organization", "phone"),
                name="customer_phone_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True), models.Q(("email_key", ""), _negated=True)),
                fields=("organization", "email_key"),
                name="customer_email_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True), models.Q(("username_key", ""), _negated=True)),
                fields=("organization", "username_key"),
                name="customer_username_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("first_name", ""), _negated=True),
                    models.Q(("last_name", ""), _negated=True),
                    models.Q(("company", ""), _negated=True),
                    models.Q(("phone", ""), _negated=True),
                    _connector="OR",
                ),
                name="customer_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("erased_at__isnull", True),
                    models.Q(
                        ("company", ""),
                        ("contact_phone", ""),
                        ("deleted_at__isnull", False),
                        ("email", ""),
                        ("email_key", ""),
                        ("extra_account_number", ""),
                        ("first_name", models.F("account_number")),
                        ("last_name", ""),
                        ("password", ""),
                        ("phone", ""),
                        ("username", ""),
                        ("username_key", ""),
                    ),
                    _connector="OR",
                ),
                name="customer_erased_is_blank",
            ),
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
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("customer__isnull", False), ("group__isnull", True)),
                    models.Q(("customer__isnull", True), ("group__isnull", False)),
                    _connector="OR",
                ),
                name="suspension_of_one",
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

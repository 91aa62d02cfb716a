"""The tables of `ledger` as they began."""

import django.db.models.deletion
import headend.lib.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("wallet", "Wallet"),
                            ("receivable", "Owed"),
                            ("clearing", "Money received"),
                            ("revenue", "Revenue"),
                            ("promotion", "Given free"),
                            ("leftover", "Balances written off"),
                            ("loss", "Debts written off"),
                        ],
                        max_length=12,
                    ),
                ),
                ("method", models.CharField(blank=True, max_length=20)),
                ("debits_minor", models.BigIntegerField(null=True)),
                ("credits_minor", models.BigIntegerField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("debits_minor", models.BigIntegerField()),
                ("credits_minor", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="ledger.account"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("through", models.DateField()),
                (
                    "organization",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment", "Payment"),
                            ("purchase", "Purchase"),
                            ("allocation", "Debt paid"),
                            ("promotion", "Given free"),
                            ("refund", "Refund"),
                            ("write_off", "Written off"),
                        ],
                        max_length=12,
                    ),
                ),
                ("subject_id", models.BigIntegerField()),
                ("at", models.DateTimeField(default=headend.lib.clock.now)),
                ("day", models.DateField()),
                (
                    "credit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_entries",
                        to="ledger.account",
                    ),
                ),
                (
                    "debit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="debit_entries",
                        to="ledger.account",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(fields=("customer", "kind"), name="account_of_customer_once"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.UniqueConstraint(
                condition=models.Q(("customer__isnull", True)),
                fields=("organization", "kind", "method"),
                name="account_of_organization_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("credits_minor__isnull", True), ("customer__isnull", True), ("debits_minor__isnull", True)
                    ),
                    models.Q(("credits_minor__gte", 0), ("customer__isnull", False), ("debits_minor__gte", 0)),
                    _connector="OR",
                ),
                name="account_totals_of_customers_only",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "wallet"), _negated=True),
                    ("credits_minor__gte", models.F("debits_minor")),
                    _connector="OR",
                ),
                name="account_wallet_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "receivable"), _negated=True),
                    ("debits_minor__gte", models.F("credits_minor")),
                    _connector="OR",
                ),
                name="account_debt_not_overpaid",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountday",
            constraint=models.UniqueConstraint(fields=("account", "day"), name="account_day_once"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["debit", "day"], name="entry_by_debit"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["credit", "day"], name="entry_by_credit"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["organization", "day"], name="entry_by_day"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["kind", "subject_id"], name="entry_by_subject"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="entry_once"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="entry_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("debit", models.F("credit")), _negated=True), name="entry_between_two"
            ),
        ),
    ]

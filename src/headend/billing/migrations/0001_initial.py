"""The tables of `billing` as they began."""

import django.db.models.deletion
import headend.lib.clock
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_initial"),
        ("customers", "0001_initial"),
        ("system", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Gateway",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("kind", models.CharField(choices=[("fake", "Practice money")], max_length=12)),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("network", models.CharField(max_length=20)),
                ("base_url", models.CharField(max_length=200)),
                ("key_sealed", models.BinaryField()),
                ("is_active", models.BooleanField(default=True)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("key", models.CharField(max_length=80)),
                (
                    "method",
                    models.CharField(
                        choices=[("cash", "Cash"), ("mobile", "Mobile money"), ("bank", "Bank"), ("cheque", "Cheque")],
                        max_length=8,
                        verbose_name="method",
                    ),
                ),
                ("network", models.CharField(max_length=20)),
                ("receipt_code", models.CharField(blank=True, max_length=40, verbose_name="reference")),
                ("asked_minor", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("phone", models.CharField(blank=True, max_length=20, verbose_name="phone")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("settled", "Settled"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown"),
                        ],
                        max_length=8,
                    ),
                ),
                ("failure", models.CharField(blank=True, max_length=40)),
                ("request_id", models.CharField(blank=True, max_length=80)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
                    ),
                ),
                (
                    "gateway",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="billing.gateway"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
                (
                    "taken_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Callback",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("received_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("source", models.CharField(max_length=45)),
                ("body", models.TextField()),
                ("outcome", models.CharField(blank=True, max_length=20)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                ("payment", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="billing.payment")),
            ],
        ),
        migrations.CreateModel(
            name="Prompt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("sending", "Under way"),
                            ("sent", "Sent"),
                            ("delivered", "Done"),
                            ("failed", "Failed"),
                            ("unknown", "Unknown"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("lease_until", models.DateTimeField(null=True)),
                ("owner", models.CharField(blank=True, max_length=80)),
                ("error", models.TextField(blank=True)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                ("payment", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="billing.payment")),
            ],
        ),
        migrations.CreateModel(
            name="Purchase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("key", models.CharField(max_length=80)),
                ("plan_name", models.CharField(max_length=80)),
                ("price_minor", models.BigIntegerField()),
                ("terms", models.JSONField(default=dict)),
                ("by_guest", models.BooleanField(default=False)),
                ("is_free", models.BooleanField(default=False)),
                ("mac", models.CharField(blank=True, max_length=12)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("fulfilled_at", models.DateTimeField(null=True)),
                ("unfulfilled_at", models.DateTimeField(null=True)),
                ("unfulfilled_code", models.CharField(blank=True, max_length=40)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
                ("plan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="access.plan")),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
                    ),
                ),
                (
                    "voucher",
                    models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="payment",
            name="purchase",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="billing.purchase"
            ),
        ),
        migrations.CreateModel(
            name="PurchaseLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("period", "First period"), ("installation", "Installation fee")], max_length=12
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "purchase",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="billing.purchase",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Adjustment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("refund", "Refund"),
                            ("balance", "Balance written off"),
                            ("debt", "Debt written off"),
                        ],
                        max_length=8,
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[("cash", "Cash"), ("mobile", "Mobile money"), ("bank", "Bank"), ("cheque", "Cheque")],
                        max_length=8,
                        verbose_name="method",
                    ),
                ),
                ("network", models.CharField(blank=True, max_length=20)),
                ("reference", models.CharField(blank=True, max_length=40, verbose_name="reference")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("made_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="customers.customer")),
                (
                    "made_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "key"), name="adjustment_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=("organization", "network", "reference"),
                        name="adjustment_reference_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("amount_minor__gt", 0)), name="adjustment_amount_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "refund"), models.Q(("method", ""), _negated=True)),
                            models.Q(models.Q(("kind", "refund"), _negated=True), ("method", "")),
                            _connector="OR",
                        ),
                        name="adjustment_refund_has_method",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="gateway",
            constraint=models.UniqueConstraint(fields=("organization", "network"), name="gateway_network_once"),
        ),
        migrations.AddIndex(
            model_name="callback",
            index=models.Index(fields=["received_at"], name="callback_by_time"),
        ),
        migrations.AddIndex(
            model_name="prompt",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])), fields=["next_at"], name="prompt_ready"
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(fields=["customer", "-id"], name="purchase_by_customer"),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("subscription__isnull", False)),
                fields=["subscription"],
                name="purchase_of_subscription",
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("price_minor", 0), models.Q(("mac", ""), _negated=True)),
                fields=["plan", "mac", "-id"],
                name="purchase_free_by_device",
            ),
        ),
        migrations.AddIndex(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(
                    ("closed_at__isnull", True), ("fulfilled_at__isnull", True), ("unfulfilled_at__isnull", False)
                ),
                fields=["organization", "unfulfilled_at"],
                name="purchase_to_act_on",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="purchase_once"),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 0)), name="purchase_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("fulfilled_at__isnull", True),
                    ("voucher__isnull", False),
                    ("subscription__isnull", False),
                    _connector="OR",
                ),
                name="purchase_brought_something",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["customer", "-id"], name="payment_by_customer"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("purchase__isnull", False)), fields=["purchase"], name="payment_of_purchase"
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["organization", "-created_at"], name="payment_by_time"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["organization", "phone"], name="payment_by_phone"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("state", "settled"), _negated=True),
                fields=["organization", "state", "created_at"],
                name="payment_unsettled",
            ),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(condition=models.Q(("state", "pending")), fields=["created_at"], name="payment_pending"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(fields=("organization", "key"), name="payment_once"),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("receipt_code", ""), _negated=True),
                fields=("organization", "network", "receipt_code"),
                name="payment_receipt_code_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0), ("asked_minor__gt", 0)), name="payment_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at__isnull", False), ("state", "settled")),
                    models.Q(models.Q(("state", "settled"), _negated=True), ("settled_at__isnull", True)),
                    _connector="OR",
                ),
                name="payment_settled_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchaseline",
            constraint=models.UniqueConstraint(fields=("purchase", "kind"), name="purchase_line_once"),
        ),
        migrations.AddConstraint(
            model_name="purchaseline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gte", 0)), name="purchase_line_not_negative"
            ),
        ),
    ]

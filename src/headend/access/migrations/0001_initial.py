"""The tables of `access` as they began."""

import django.db.models.deletion
import headend.lib.clock
import uuid
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.system import engine

# What a usage report changes is written into its own row alone: no index holds it, and PostgreSQL leaves room beside it.
MOVING = ("access_session", "access_usageperiod", "access_usageday")


def leave_room(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in engine.leave_room(editor.connection.vendor, MOVING):
        editor.execute(statement)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("network", "0001_initial"),
        ("system", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mac", models.CharField(max_length=12)),
                ("first_seen_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("last_seen_at", models.DateTimeField(default=headend.lib.clock.now)),
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
            ],
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "connection_type",
                    models.CharField(
                        choices=[("pppoe", "PPPoE"), ("hotspot", "Hotspot"), ("static", "Static")],
                        max_length=8,
                        verbose_name="connection type",
                    ),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                ("download_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="download speed")),
                ("upload_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="upload speed")),
                ("validity_count", models.PositiveIntegerField(verbose_name="validity")),
                (
                    "validity_unit",
                    models.CharField(
                        choices=[("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("months", "months")],
                        max_length=8,
                    ),
                ),
                ("cap_bytes", models.BigIntegerField(blank=True, null=True, verbose_name="data cap")),
                ("time_limit_seconds", models.PositiveIntegerField(blank=True, null=True, verbose_name="time limit")),
                ("simultaneous_use", models.PositiveIntegerField(default=1, verbose_name="devices at once")),
                (
                    "idle_timeout_seconds",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="idle time-out"),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                ("retired_at", models.DateTimeField(null=True)),
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
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "connection_type",
                    models.CharField(
                        choices=[("pppoe", "PPPoE"), ("hotspot", "Hotspot"), ("static", "Static")],
                        max_length=8,
                        verbose_name="connection type",
                    ),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                ("download_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="download speed")),
                ("upload_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="upload speed")),
                ("validity_count", models.PositiveIntegerField(verbose_name="validity")),
                (
                    "validity_unit",
                    models.CharField(
                        choices=[("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("months", "months")],
                        max_length=8,
                    ),
                ),
                ("cap_bytes", models.BigIntegerField(blank=True, null=True, verbose_name="data cap")),
                ("time_limit_seconds", models.PositiveIntegerField(blank=True, null=True, verbose_name="time limit")),
                ("simultaneous_use", models.PositiveIntegerField(default=1, verbose_name="devices at once")),
                (
                    "idle_timeout_seconds",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="idle time-out"),
                ),
                ("plan_name", models.CharField(max_length=80)),
                ("number", models.PositiveIntegerField()),
                ("sheets", models.PositiveIntegerField(verbose_name="sheets")),
                ("vouchers_per_sheet", models.PositiveIntegerField(verbose_name="vouchers on a sheet")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("valid_until", models.DateTimeField(blank=True, null=True, verbose_name="unused vouchers end")),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
                ("plan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="access.plan")),
            ],
        ),
        migrations.CreateModel(
            name="RefusalCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("nas_key", models.BigIntegerField()),
                ("source", models.CharField(max_length=45)),
                ("user_name", models.CharField(blank=True, max_length=253)),
                ("name_key", models.CharField(blank=True, max_length=253)),
                ("reason", models.CharField(max_length=40)),
                ("hour", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
                (
                    "nas",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="network.nas"
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Sheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("released_at", models.DateTimeField(null=True)),
                ("voided_at", models.DateTimeField(null=True)),
                (
                    "batch",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="access.batch"),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "connection_type",
                    models.CharField(
                        choices=[("pppoe", "PPPoE"), ("hotspot", "Hotspot"), ("static", "Static")],
                        max_length=8,
                        verbose_name="connection type",
                    ),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                ("download_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="download speed")),
                ("upload_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="upload speed")),
                ("validity_count", models.PositiveIntegerField(verbose_name="validity")),
                (
                    "validity_unit",
                    models.CharField(
                        choices=[("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("months", "months")],
                        max_length=8,
                    ),
                ),
                ("cap_bytes", models.BigIntegerField(blank=True, null=True, verbose_name="data cap")),
                ("time_limit_seconds", models.PositiveIntegerField(blank=True, null=True, verbose_name="time limit")),
                ("simultaneous_use", models.PositiveIntegerField(default=1, verbose_name="devices at once")),
                (
                    "idle_timeout_seconds",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="idle time-out"),
                ),
                ("plan_name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("activated_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("renewed_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("anchor_at", models.DateTimeField(null=True)),
                ("anchor_periods", models.PositiveIntegerField(default=0)),
                ("framed_address", models.CharField(blank=True, max_length=45, verbose_name="IP address")),
                ("released_address", models.CharField(blank=True, editable=False, max_length=45)),
                ("customer", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="customers.customer")),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                ("plan", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="access.plan")),
            ],
        ),
        migrations.CreateModel(
            name="UsagePeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(null=True)),
                ("upload_bytes", models.BigIntegerField(default=0)),
                ("download_bytes", models.BigIntegerField(default=0)),
                ("session_seconds", models.BigIntegerField(default=0)),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="access.subscription"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Voucher",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "connection_type",
                    models.CharField(
                        choices=[("pppoe", "PPPoE"), ("hotspot", "Hotspot"), ("static", "Static")],
                        max_length=8,
                        verbose_name="connection type",
                    ),
                ),
                ("price_minor", models.BigIntegerField(verbose_name="price")),
                ("download_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="download speed")),
                ("upload_kbps", models.PositiveIntegerField(blank=True, null=True, verbose_name="upload speed")),
                ("validity_count", models.PositiveIntegerField(verbose_name="validity")),
                (
                    "validity_unit",
                    models.CharField(
                        choices=[("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("months", "months")],
                        max_length=8,
                    ),
                ),
                ("cap_bytes", models.BigIntegerField(blank=True, null=True, verbose_name="data cap")),
                ("time_limit_seconds", models.PositiveIntegerField(blank=True, null=True, verbose_name="time limit")),
                ("simultaneous_use", models.PositiveIntegerField(default=1, verbose_name="devices at once")),
                (
                    "idle_timeout_seconds",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="idle time-out"),
                ),
                ("plan_name", models.CharField(max_length=80)),
                ("code", models.CharField(max_length=9, verbose_name="code")),
                ("code_key", models.CharField(editable=False, max_length=8)),
                ("issued_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("valid_until", models.DateTimeField(null=True)),
                ("first_used_at", models.DateTimeField(null=True)),
                ("first_mac", models.CharField(blank=True, max_length=12)),
                ("expires_at", models.DateTimeField(null=True)),
                ("voided_at", models.DateTimeField(null=True)),
                ("void_reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("upload_bytes", models.BigIntegerField(default=0)),
                ("download_bytes", models.BigIntegerField(default=0)),
                ("session_seconds", models.BigIntegerField(default=0)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
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
                    "sheet",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.sheet"
                    ),
                ),
                (
                    "voided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UsageDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("upload_bytes", models.BigIntegerField(default=0)),
                ("download_bytes", models.BigIntegerField(default=0)),
                ("session_seconds", models.BigIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="access.subscription"
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, to="access.voucher"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_name", models.CharField(max_length=253)),
                ("name_key", models.CharField(max_length=253)),
                ("acct_session_id", models.CharField(max_length=253)),
                ("class_token", models.CharField(blank=True, max_length=64)),
                ("mac", models.CharField(blank=True, max_length=64)),
                ("framed_address", models.CharField(blank=True, max_length=45)),
                ("started_at", models.DateTimeField()),
                ("clock_offset_seconds", models.BigIntegerField(default=0)),
                ("updated_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_cause", models.CharField(blank=True, max_length=30)),
                ("upload_bytes", models.BigIntegerField(default=0)),
                ("download_bytes", models.BigIntegerField(default=0)),
                ("session_seconds", models.BigIntegerField(default=0)),
                ("gigawords_seen", models.BooleanField(default=False)),
                ("trail", models.TextField(blank=True)),
                ("start_print", models.CharField(blank=True, max_length=32)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
                    ),
                ),
                (
                    "nas",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="network.nas"),
                ),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("subscription", "Subscription"), ("voucher", "Voucher")],
                        default="subscription",
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="username")),
                ("name_key", models.CharField(editable=False, max_length=120)),
                ("secret_sealed", models.BinaryField()),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("started_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("lifted_at", models.DateTimeField(null=True)),
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
                (
                    "device",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.device"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.subscription"
                    ),
                ),
                (
                    "voucher",
                    models.ForeignKey(
                        db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="access.voucher"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="device",
            index=models.Index(fields=["organization", "mac"], name="device_by_mac"),
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(fields=("customer", "mac"), name="device_once"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(fields=("organization", "name_key"), name="plan_name_once"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_minor__gte", 0)), name="plan_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("simultaneous_use__gte", 1)), name="plan_one_device_at_least"
            ),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(fields=("organization", "number"), name="batch_number_once"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("sheets__gte", 1), ("vouchers_per_sheet__gte", 1)),
                name="batch_of_one_voucher_at_least",
            ),
        ),
        migrations.AddIndex(
            model_name="refusalcount",
            index=models.Index(fields=["organization", "name_key", "-hour"], name="refusal_by_name"),
        ),
        migrations.AddIndex(
            model_name="refusalcount",
            index=models.Index(fields=["hour"], name="refusal_by_hour"),
        ),
        migrations.AddIndex(
            model_name="refusalcount",
            index=models.Index(
                condition=models.Q(("nas__isnull", False)), fields=["nas", "hour"], name="refusal_of_nas"
            ),
        ),
        migrations.AddConstraint(
            model_name="refusalcount",
            constraint=models.UniqueConstraint(
                fields=("nas_key", "source", "user_name", "reason", "hour"), name="refusal_count_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sheet",
            constraint=models.UniqueConstraint(fields=("batch", "number"), name="sheet_number_once"),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["organization", "expires_at"],
                name="subscription_by_expiry",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True), models.Q(("framed_address", ""), _negated=True)),
                fields=("organization", "framed_address"),
                name="subscription_address_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="usageperiod",
            constraint=models.UniqueConstraint(fields=("subscription", "started_at"), name="usage_period_once"),
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
        migrations.AddIndex(
            model_name="voucher",
            index=models.Index(fields=["organization", "-issued_at"], name="voucher_by_issue"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.UniqueConstraint(fields=("organization", "code_key"), name="voucher_code_once"),
        ),
        migrations.AddConstraint(
            model_name="voucher",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expires_at__isnull", True), ("first_used_at__isnull", True)),
                    models.Q(("expires_at__isnull", False), ("first_used_at__isnull", False)),
                    _connector="OR",
                ),
                name="voucher_runs_once_used",
            ),
        ),
        migrations.AddIndex(
            model_name="usageday",
            index=models.Index(fields=["organization", "day"], name="usage_by_day"),
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
        migrations.AddConstraint(
            model_name="usageday",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("subscription__isnull", False), ("voucher__isnull", True)),
                    models.Q(("subscription__isnull", True), ("voucher__isnull", False)),
                    _connector="OR",
                ),
                name="usage_day_of_one",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(fields=["nas", "acct_session_id", "name_key", "-id"], name="session_by_key"),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["organization", "-started_at"],
                name="session_live",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("subscription__isnull", False)),
                fields=["subscription", "ended_at"],
                name="session_live_of",
            ),
        ),
        migrations.AddIndex(
            model_name="session",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("voucher__isnull", False)),
                fields=["voucher", "ended_at"],
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
            model_name="session",
            index=models.Index(
                condition=models.Q(("end_cause", "Lost-Carrier")), fields=["nas", "ended_at"], name="session_lost"
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("nas", "acct_session_id", "name_key"),
                name="session_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="session",
            constraint=models.CheckConstraint(
                condition=models.Q(("subscription__isnull", True), ("voucher__isnull", True), _connector="OR"),
                name="session_of_one_at_most",
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
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("organization", "name_key"),
                name="credential_name_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="credential",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "subscription"), ("subscription__isnull", False), ("voucher__isnull", True)),
                    models.Q(("kind", "voucher"), ("subscription__isnull", True), ("voucher__isnull", False)),
                    _connector="OR",
                ),
                name="credential_of_one",
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
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("device__isnull", True), ("subscription__isnull", False), ("voucher__isnull", True)),
                    models.Q(("device__isnull", True), ("subscription__isnull", True), ("voucher__isnull", False)),
                    models.Q(("device__isnull", False), ("subscription__isnull", True), ("voucher__isnull", True)),
                    _connector="OR",
                ),
                name="block_of_one",
            ),
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
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]

"""The tables of `system` as they began."""

import django.db.models.deletion
import headend.lib.clock
import uuid
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.system import engine


def make_search_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in engine.make_search_index(editor.connection.vendor):
        editor.execute(statement)


def drop_search_index(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(
        "DROP INDEX search_text_trigrams" if editor.connection.vendor == "postgresql" else "DROP TABLE search_trigrams"
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("email_key", models.CharField(editable=False, max_length=254, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="KeyFingerprint",
            fields=[
                ("key_id", models.CharField(max_length=8, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("timezone", models.CharField(max_length=60, verbose_name="time zone")),
                ("language", models.CharField(default="en", max_length=12, verbose_name="language")),
                ("accent", models.CharField(default="#0b5c6b", max_length=7, verbose_name="colour")),
                ("support_phone", models.CharField(blank=True, max_length=40, verbose_name="support phone")),
                ("account_prefix", models.CharField(blank=True, max_length=6, verbose_name="account number prefix")),
                (
                    "registration",
                    models.CharField(
                        choices=[
                            ("code", "With a code by SMS, where SMS is set up"),
                            ("open", "At once, without a proof that the phone is theirs"),
                        ],
                        default="code",
                        max_length=8,
                        verbose_name="registering on the portal",
                    ),
                ),
                ("code_countries", models.CharField(blank=True, max_length=60, verbose_name="codes by SMS also to")),
                ("address_blocks", models.CharField(blank=True, max_length=400, verbose_name="own address blocks")),
                ("realms", models.CharField(blank=True, max_length=200, verbose_name="realms")),
                (
                    "interim_seconds",
                    models.PositiveIntegerField(default=300, verbose_name="seconds between usage reports"),
                ),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.CharField(max_length=160, primary_key=True, serialize=False)),
                ("window_until", models.DateTimeField()),
                ("count", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Logo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField()),
                ("media_type", models.CharField(max_length=20)),
                ("width_px", models.PositiveIntegerField()),
                ("height_px", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=16)),
                ("updated_at", models.DateTimeField(default=headend.lib.clock.now)),
                (
                    "organization",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="system.organization"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Numbering",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=30)),
                ("last", models.BigIntegerField(default=0)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "series"), name="numbering_once")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Admin"),
                            ("operator", "Operator"),
                            ("cashier", "Cashier"),
                            ("support", "Support"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("staff", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "staff"), name="membership_once")],
            },
        ),
        migrations.CreateModel(
            name="Job",
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
                ("kind", models.CharField(max_length=40)),
                ("lane", models.CharField(max_length=8)),
                ("payload", models.JSONField(default=dict)),
                ("unique_key", models.CharField(max_length=120, null=True)),
                (
                    "organization",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["lane", "next_at"],
                        name="job_ready",
                    ),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)), fields=["finished_at"], name="job_finished"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "queued")), fields=("unique_key",), name="job_waits_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lane__in", ["now", "soon", "sweep", "bulk", "money"])),
                        name="job_lane_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail")),
                ("email_key", models.CharField(editable=False, max_length=254)),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "Owner"),
                            ("admin", "Admin"),
                            ("operator", "Operator"),
                            ("cashier", "Cashier"),
                            ("support", "Support"),
                        ],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("open_until", models.DateTimeField()),
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
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "email_key"), name="invitation_once")],
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("number", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "name"), name="figure_once")],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=headend.lib.clock.now)),
                ("kind", models.CharField(max_length=60)),
                ("subject_kind", models.CharField(max_length=30)),
                ("subject_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField(null=True)),
                ("operation", models.UUIDField(default=uuid.uuid4)),
                ("payload", models.JSONField(default=dict)),
                ("personal", models.JSONField(default=dict)),
                ("unique_key", models.CharField(max_length=120, null=True, unique=True)),
                ("handled_at", models.DateTimeField(null=True)),
                (
                    "staff",
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
                "indexes": [
                    models.Index(fields=["organization", "-at"], name="event_by_time"),
                    models.Index(
                        condition=models.Q(("customer_id__isnull", False)),
                        fields=["customer_id", "-at"],
                        name="event_by_customer",
                    ),
                    models.Index(
                        condition=models.Q(("staff__isnull", False)), fields=["staff", "-at"], name="event_by_staff"
                    ),
                    models.Index(
                        condition=models.Q(("handled_at__isnull", True)), fields=["id"], name="event_unhandled"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SearchText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.BigIntegerField()),
                ("source", models.CharField(max_length=40)),
                ("text", models.TextField()),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="system.organization"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("customer_id", "source"), name="search_text_once")],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "name_key"), name="site_name_once")],
            },
        ),
        migrations.CreateModel(
            name="UsageTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("upload_bytes", models.BigIntegerField()),
                ("download_bytes", models.BigIntegerField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "day"), name="usage_total_once")],
            },
        ),
        migrations.RunPython(make_search_index, drop_search_index),
    ]

"""The tables of `messaging` as they began."""

import django.db.models.deletion
import headend.lib.clock
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Carrier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("channel", models.CharField(choices=[("sms", "SMS")], max_length=8)),
                ("kind", models.CharField(choices=[("fake", "Practice SMS")], max_length=12)),
                ("base_url", models.CharField(max_length=200)),
                ("sender", models.CharField(max_length=11, verbose_name="sender's name")),
                ("key_sealed", models.BinaryField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization", "channel"), name="carrier_once")],
            },
        ),
        migrations.CreateModel(
            name="Message",
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
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("channel", models.CharField(choices=[("sms", "SMS")], max_length=8)),
                ("kind", models.CharField(max_length=40)),
                ("to", models.CharField(max_length=254)),
                ("shown", models.TextField()),
                ("body_sealed", models.BinaryField(null=True)),
                ("customer_id", models.BigIntegerField(null=True)),
                ("carrier_reference", models.CharField(blank=True, max_length=80)),
                ("unique_key", models.CharField(max_length=120, null=True, unique=True)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["next_at"],
                        name="message_ready",
                    ),
                    models.Index(fields=["customer_id", "-id"], name="message_by_customer"),
                    models.Index(
                        condition=models.Q(("finished_at__isnull", False)),
                        fields=["finished_at"],
                        name="message_finished",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=20)),
                ("address", models.CharField(max_length=254)),
                ("digest", models.CharField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                ("tries", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "purpose", "address"), name="one_time_code_once")
                ],
            },
        ),
    ]

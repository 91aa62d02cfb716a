"""Broadcasts, and which one a message is of."""

import django.db.models.deletion
import headend.lib.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0008_deliveries"),
        ("system", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Broadcast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp")], max_length=8
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("text", models.TextField()),
                (
                    "leads_to",
                    models.CharField(
                        choices=[
                            ("portal", "Their portal"),
                            ("paying", "Paying in their portal"),
                            ("address", "Another address"),
                        ],
                        default="portal",
                        max_length=8,
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=500)),
                ("is_notice", models.BooleanField(default=False)),
                ("audience", models.JSONField(default=dict)),
                ("part_price_micros", models.PositiveBigIntegerField(null=True)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
                ("begun_at", models.DateTimeField(null=True)),
                ("people", models.PositiveIntegerField(default=0)),
                ("reached", models.CharField(blank=True, max_length=20)),
                ("written", models.PositiveIntegerField(default=0)),
                ("unreachable", models.PositiveIntegerField(default=0)),
                ("opted_out", models.PositiveIntegerField(default=0)),
                ("written_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("kept", models.JSONField(null=True)),
                (
                    "begun_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="message",
            name="broadcast",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="messaging.broadcast"
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("broadcast__isnull", False)),
                fields=["broadcast", "state"],
                name="message_of_broadcast",
            ),
        ),
        migrations.AddIndex(
            model_name="broadcast",
            index=models.Index(
                condition=models.Q(("begun_at__isnull", False), ("finished_at__isnull", True)),
                fields=["begun_at"],
                name="broadcast_running",
            ),
        ),
        migrations.AddConstraint(
            model_name="broadcast",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="broadcast_says_something"
            ),
        ),
    ]

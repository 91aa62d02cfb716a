"""The tables of `network` as they began."""

import django.db.models.deletion
import headend.lib.clock
import headend.lib.ids
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NAS",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=80)),
                (
                    "vendor",
                    models.CharField(
                        choices=[("mikrotik", "MikroTik"), ("coovachilli", "CoovaChilli"), ("other", "Other")],
                        default="mikrotik",
                        max_length=20,
                        verbose_name="vendor",
                    ),
                ),
                ("address", models.CharField(max_length=45, verbose_name="IP address")),
                ("address_key", models.CharField(editable=False, max_length=32, unique=True)),
                ("secret_sealed", models.BinaryField()),
                ("token", models.CharField(default=headend.lib.ids.token, editable=False, max_length=32, unique=True)),
                ("login_hosts", models.TextField(blank=True, verbose_name="hotspot login hosts")),
                ("coa_port", models.PositiveIntegerField(default=3799, verbose_name="port for Disconnect")),
                (
                    "coa_message_authenticator",
                    models.BooleanField(default=True, verbose_name="sign Disconnect with Message-Authenticator"),
                ),
                (
                    "swap_octets",
                    models.BooleanField(
                        default=False, verbose_name="upload and download are reported the other way round"
                    ),
                ),
                (
                    "require_message_authenticator",
                    models.CharField(
                        choices=[("auto", "When the NAS shows that it can"), ("yes", "Always"), ("no", "Never")],
                        default="auto",
                        max_length=4,
                    ),
                ),
                (
                    "limit_proxy_state",
                    models.CharField(
                        choices=[("auto", "When the NAS shows that it can"), ("yes", "Always"), ("no", "Never")],
                        default="auto",
                        max_length=4,
                    ),
                ),
                ("message_authenticator_seen_at", models.DateTimeField(null=True)),
                ("proxy_state_absent_at", models.DateTimeField(null=True)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("clock_offset_seconds", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(default=headend.lib.clock.now)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="system.site",
                        verbose_name="site",
                    ),
                ),
            ],
            options={
                "verbose_name": "NAS",
                "verbose_name_plural": "NAS",
            },
        ),
        migrations.CreateModel(
            name="Command",
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
                ("kind", models.CharField(choices=[("disconnect", "Disconnect")], max_length=12)),
                ("session_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField(null=True)),
                ("identification", models.JSONField(default=dict)),
                ("reason", models.CharField(blank=True, max_length=40)),
                ("result", models.CharField(blank=True, max_length=200)),
                (
                    "organization",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="system.organization"),
                ),
                ("nas", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="network.nas")),
            ],
        ),
        migrations.AddConstraint(
            model_name="nas",
            constraint=models.UniqueConstraint(fields=("organization", "name_key"), name="nas_name_once"),
        ),
        migrations.AddIndex(
            model_name="command",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])), fields=["next_at"], name="command_ready"
            ),
        ),
        migrations.AddIndex(
            model_name="command",
            index=models.Index(fields=["session_id"], name="command_by_session"),
        ),
        migrations.AddConstraint(
            model_name="command",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "sending"])),
                fields=("session_id", "kind"),
                name="command_open_once",
            ),
        ),
    ]

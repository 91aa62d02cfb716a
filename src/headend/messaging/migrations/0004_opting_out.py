"""Who opted out of promotional messages; which those are, and the segments of an SMS."""

import django.db.models.deletion
import headend.lib.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0003_lanes"),
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="is_promotional",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="segments",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="OptOut",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp")], max_length=8
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("reply", "by a reply"),
                            ("link", "by the link in an e-mail"),
                            ("staff", "through staff"),
                        ],
                        max_length=8,
                    ),
                ),
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
                    models.UniqueConstraint(fields=("organization", "channel", "address"), name="opt_out_once")
                ],
            },
        ),
    ]

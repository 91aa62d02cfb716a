"""Notices in an organization's own words, switched by channel, in its hours."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0006_mail"),
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NoticeSwitch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("notice", models.CharField(max_length=40)),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp")], max_length=8
                    ),
                ),
                ("is_on", models.BooleanField()),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("organization", "notice", "channel"), name="notice_switch_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour_from", models.PositiveSmallIntegerField(default=8, verbose_name="from")),
                ("hour_until", models.PositiveSmallIntegerField(default=20, verbose_name="until")),
                ("low_minor", models.BigIntegerField(blank=True, null=True, verbose_name="a balance is low under")),
                ("low_days", models.PositiveSmallIntegerField(default=7, verbose_name="days between two reminders")),
                ("looked_on", models.DateField(null=True)),
                (
                    "organization",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="system.organization"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("hour_from__lt", models.F("hour_until")), ("hour_until__lte", 24)),
                        name="policy_hours_are_of_one_day",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("low_days__gte", 1), ("low_days__lte", 60)), name="policy_days_are_kept"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("notice", models.CharField(max_length=40)),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp")], max_length=8
                    ),
                ),
                ("language", models.CharField(max_length=12)),
                ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                ("body", models.CharField(max_length=4000, verbose_name="text")),
                (
                    "organization",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="system.organization"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organization", "notice", "channel", "language"), name="template_once"
                    )
                ],
            },
        ),
    ]

"""Carriers of one's own: who we are there, how any is described, on and off, what is left to send with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="carrier",
            name="account",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="carrier",
            name="credit",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="carrier",
            name="credit_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="carrier",
            name="is_on",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="carrier",
            name="name",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="carrier",
            name="options",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="carrier",
            name="trial_key",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AlterField(
            model_name="carrier",
            name="base_url",
            field=models.CharField(max_length=300),
        ),
        migrations.AlterField(
            model_name="carrier",
            name="kind",
            field=models.CharField(
                choices=[
                    ("africastalking", "Africa’s Talking"),
                    ("twilio", "Twilio"),
                    ("bulksms", "BulkSMS"),
                    ("http", "Another, by HTTP"),
                    ("fake", "Practice SMS"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="carrier",
            name="sender",
            field=models.CharField(blank=True, max_length=40, verbose_name="sender's name"),
        ),
    ]

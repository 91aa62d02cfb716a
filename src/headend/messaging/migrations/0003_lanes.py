"""Lanes of messages, subjects, and carriers that are left alone for a while; e-mail and WhatsApp as channels."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0002_carriers"),
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="message",
            name="message_ready",
        ),
        migrations.AddField(
            model_name="carrier",
            name="paused_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="carrier",
            name="troubles",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="message",
            name="lane",
            field=models.CharField(
                choices=[("now", "At once"), ("soon", "Soon"), ("bulk", "In its turn")], default="soon", max_length=4
            ),
        ),
        migrations.AddField(
            model_name="message",
            name="subject",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AlterField(
            model_name="carrier",
            name="channel",
            field=models.CharField(
                choices=[("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp")], max_length=8
            ),
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
                    ("smtp", "A mail server (SMTP)"),
                    ("meta", "WhatsApp by Meta"),
                    ("fake", "Practice SMS"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="channel",
            field=models.CharField(
                choices=[("sms", "SMS"), ("email", "E-mail"), ("whatsapp", "WhatsApp")], max_length=8
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])),
                fields=["lane", "next_at"],
                name="message_ready",
            ),
        ),
    ]

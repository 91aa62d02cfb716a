"""Practice e-mail among the kinds of carriers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0005_links"),
    ]

    operations = [
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
                    ("practice_mail", "Practice e-mail"),
                ],
                max_length=20,
            ),
        ),
    ]

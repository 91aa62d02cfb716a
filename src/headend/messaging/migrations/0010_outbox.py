"""Messages of nobody by their number."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0009_broadcasts"),
        ("system", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("customer_id__isnull", True)),
                fields=["organization", "to"],
                name="message_of_nobody",
            ),
        ),
    ]

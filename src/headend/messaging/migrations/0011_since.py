"""Since when messages are handed to a carrier."""

import headend.lib.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0010_outbox"),
    ]

    operations = [
        migrations.AddField(
            model_name="carrier",
            name="since_at",
            field=models.DateTimeField(default=headend.lib.clock.now),
        ),
    ]

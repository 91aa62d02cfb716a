"""Short addresses in messages."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0004_opting_out"),
    ]

    operations = [
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=12, unique=True)),
                (
                    "leads_to",
                    models.CharField(
                        choices=[
                            ("portal", "Their portal"),
                            ("paying", "Paying in their portal"),
                            ("address", "Another address"),
                        ],
                        max_length=8,
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=500)),
                ("expires_at", models.DateTimeField()),
                ("clicks", models.PositiveIntegerField(default=0)),
                ("clicked_at", models.DateTimeField(null=True)),
                ("message", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="messaging.message")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("leads_to", "address"), models.Q(("address", ""), _negated=True)),
                            models.Q(models.Q(("leads_to", "address"), _negated=True), ("address", "")),
                            _connector="OR",
                        ),
                        name="link_leads_somewhere",
                    )
                ],
            },
        ),
    ]

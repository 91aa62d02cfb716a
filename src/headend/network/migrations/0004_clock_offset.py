"""How far the clock of a NAS is from ours."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0003_lean_indexes")]
    operations = [
        migrations.AddField(
            model_name="nas",
            name="clock_offset_seconds",
            field=models.BigIntegerField(null=True),
        ),
    ]

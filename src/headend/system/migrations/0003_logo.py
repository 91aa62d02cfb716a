import django.db.models.deletion
import headend.lib.clock
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("system", "0002_search_index")]

    operations = [
        migrations.CreateModel(
            name="Logo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.BinaryField()),
                ("media_type", models.CharField(max_length=20)),
                ("width_px", models.PositiveIntegerField()),
                ("height_px", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=16)),
                ("updated_at", models.DateTimeField(default=headend.lib.clock.now)),
                (
                    "organization",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, to="system.organization"),
                ),
            ],
        ),
    ]

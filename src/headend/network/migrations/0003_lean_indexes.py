"""No index stands beside a longer one that begins with its columns, and none holds nothing but nulls."""

import django.db.models.deletion
from django.db import migrations, models

from headend.system.engine.keys import DropKeyIndex


class Migration(migrations.Migration):
    dependencies = [
        ("network", "0002_hotspot_login"),
        ("system", "0011_lean_indexes"),
    ]

    operations = [
        DropKeyIndex(
            model_name="nas",
            name="organization",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, to="system.organization"
            ),
        ),
    ]

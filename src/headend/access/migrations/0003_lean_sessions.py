"""What a usage report changes is written into its own row alone: no index holds it, and PostgreSQL leaves room beside it."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.system import engine

MOVING = ("access_session", "access_usageperiod", "access_usageday")


def leave_room(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in engine.leave_room(editor.connection.vendor, MOVING):
        editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("access", "0002_vouchers")]
    operations = [
        migrations.RemoveIndex(model_name="session", name="session_live_silent"),
        migrations.AlterField(
            model_name="session",
            name="customer",
            field=models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="customers.customer"
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="nas",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="network.nas"),
        ),
        migrations.RunPython(leave_room, migrations.RunPython.noop),
    ]

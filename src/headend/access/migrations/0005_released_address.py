"""Deleted customers hold no fixed address any more: it is kept aside, in case they come back before another has it."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F


def release(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    held = apps.get_model("access", "Subscription").objects.filter(
        customer__deleted_at__isnull=False, ended_at__isnull=True
    )
    held.exclude(framed_address="").update(released_address=F("framed_address"), framed_address="")


def hold(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Back, as far as nobody else has the address meanwhile."""
    rows = apps.get_model("access", "Subscription").objects
    for row in rows.exclude(released_address=""):
        same = rows.filter(organization=row.organization_id, framed_address=row.released_address, ended_at__isnull=True)
        if not same.exists():
            rows.filter(pk=row.pk).update(framed_address=row.released_address)


class Migration(migrations.Migration):
    dependencies = [("access", "0004_periods"), ("customers", "0004_erased")]
    operations = [
        migrations.AddField(
            model_name="subscription",
            name="released_address",
            field=models.CharField(blank=True, default="", editable=False, max_length=45),
            preserve_default=False,
        ),
        migrations.RunPython(release, hold),
    ]

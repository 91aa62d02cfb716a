"""Each period of a subscription is a row with its end, and the day that ends are counted from is kept."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The present period of whoever has one runs to the expiry; those before it ended where the next began.
ENDS = """
UPDATE access_usageperiod SET ends_at = COALESCE(
    (SELECT MIN(n.started_at) FROM access_usageperiod n
     WHERE n.subscription_id = access_usageperiod.subscription_id AND n.started_at > access_usageperiod.started_at),
    (SELECT s.expires_at FROM access_subscription s WHERE s.id = access_usageperiod.subscription_id))
"""
# Of a subscription that was renewed nobody knows any more on which day it began: its expiry is kept.
ANCHORS = """
UPDATE access_subscription SET
    anchor_at = CASE WHEN activated_at = renewed_at THEN activated_at ELSE expires_at END,
    anchor_periods = CASE WHEN activated_at = renewed_at THEN 1 ELSE 0 END
WHERE activated_at IS NOT NULL
"""


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(ENDS)
    editor.execute(ANCHORS)


class Migration(migrations.Migration):
    dependencies = [("access", "0003_lean_sessions")]
    operations = [
        migrations.RenameField(model_name="subscription", old_name="period_started_at", new_name="renewed_at"),
        migrations.AddField(model_name="subscription", name="anchor_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="subscription", name="anchor_periods", field=models.PositiveIntegerField(default=0)
        ),
        migrations.AddField(model_name="usageperiod", name="ends_at", field=models.DateTimeField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]

"""A session is found however its user's name is spelled; ghosts that other spellings left open are closed.

The next migration makes the indexes: PostgreSQL makes none of a table in whose rows the same transaction wrote twice.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F

from headend.lib import ids

CHUNK = 2000


def fill_keys(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """The key of each name. Nearly all names are their own: those are written in one statement."""
    sessions = apps.get_model("access", "Session").objects.order_by("pk")
    sessions.update(name_key=F("user_name"))
    last = 0
    while chunk := list(sessions.filter(pk__gt=last).only("pk", "user_name")[:CHUNK]):
        spelled = []
        for session in chunk:
            session.name_key = ids.session_key(session.user_name)
            if session.name_key != session.user_name:
                spelled.append(session)
        sessions.bulk_update(spelled, ["name_key"])
        last = chunk[-1].pk


def close_ghosts(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Of sessions that only the spelling of a name kept apart, the one that was heard last stays open."""
    live = apps.get_model("access", "Session").objects.filter(ended_at__isnull=True)
    kept = set()
    for session in live.order_by("-updated_at", "-pk").only("pk", "nas_id", "acct_session_id", "name_key").iterator():
        key = session.nas_id, session.acct_session_id, session.name_key
        if key in kept:
            live.filter(pk=session.pk).update(ended_at=F("updated_at"), end_cause="Lost-Carrier")
        kept.add(key)


class Migration(migrations.Migration):
    dependencies = [("access", "0005_released_address")]
    operations = [
        migrations.RemoveIndex(model_name="session", name="session_by_key"),
        migrations.RemoveConstraint(model_name="session", name="session_open_once"),
        migrations.AddField(
            model_name="session",
            name="name_key",
            field=models.CharField(default="", max_length=253),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="session",
            name="clock_offset_seconds",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.RunPython(close_ghosts, migrations.RunPython.noop),
    ]

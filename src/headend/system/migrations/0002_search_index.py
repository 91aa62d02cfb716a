"""The trigram index behind the customer search."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.system import engine


def make(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in engine.make_search_index(editor.connection.vendor):
        editor.execute(statement)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    editor.execute(
        "DROP INDEX search_text_trigrams" if editor.connection.vendor == "postgresql" else "DROP TABLE search_trigrams"
    )


class Migration(migrations.Migration):
    dependencies = [("system", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]

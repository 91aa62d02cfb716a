"""What customers are found by, with room before each word: even one letter then has three characters to look for."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.system import search


def fold_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    search.fold_again()


class Migration(migrations.Migration):
    dependencies = [("system", "0013_large_provider")]
    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop, elidable=True)]

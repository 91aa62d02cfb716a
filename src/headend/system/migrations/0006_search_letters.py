"""What customers are found by, folded as the search folds it now: ł as l, and every run of letters and digits a word."""

from typing import Final

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from headend.system import search

CHUNK: Final = 500


def fold_again(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    search.fold_again(chunk=CHUNK)


class Migration(migrations.Migration):
    dependencies = [("system", "0005_lanes")]
    operations = [migrations.RunPython(fold_again, migrations.RunPython.noop, elidable=True)]

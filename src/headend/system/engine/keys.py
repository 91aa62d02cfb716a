"""For migrations: a foreign key gives up the index of its own."""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState


class DropKeyIndex(migrations.AlterField):
    """The field as it is from now on, with `db_index=False`. Only its index goes: Django would write the whole table anew on SQLite."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model: Any = from_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        column = model._meta.get_field(self.name).column  # noqa: SLF001 - Django's documented way to a field
        named = {index.name for index in model._meta.indexes} | {rule.name for rule in model._meta.constraints}  # noqa: SLF001 - the same
        with schema_editor.connection.cursor() as cursor:
            known = schema_editor.connection.introspection.get_constraints(cursor, model._meta.db_table)  # noqa: SLF001 - the same
        for name, what in known.items():
            if what["index"] and what["columns"] == [column] and not what["unique"] and name not in named:
                schema_editor.execute(f'DROP INDEX "{name}"')

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            field = model._meta.get_field(self.name)  # noqa: SLF001 - Django's documented way to a field
            for statement in schema_editor._field_indexes_sql(model, field):  # type: ignore[attr-defined]  # noqa: SLF001 - what adding the field would make
                schema_editor.execute(statement)

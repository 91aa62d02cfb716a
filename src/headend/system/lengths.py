"""What is empty, or longer than its column, is refused, whether it came by a form or by a command."""

from django.db import models

from headend.lib.refused import Refused
from headend.system.rules import Code


def refuse_long(row: models.Model, **fields: str) -> None:
    """Refuses `text_long` where a text of `row`, or the key that it is compared by, is longer than its column.

    `fields` names the form field of a column, where it has another name. A key may be longer than its name: one ligature may
    be eighteen letters. SQLite would keep it, PostgreSQL breaks off.
    """
    for column in row._meta.concrete_fields:  # noqa: SLF001 - Django's documented way to a model's fields
        value = getattr(row, column.attname) if isinstance(column, models.CharField) else None
        if isinstance(value, str) and column.max_length is not None and len(value) > column.max_length:
            name = column.name.removesuffix("_key")
            raise Refused(Code.TEXT_LONG, field=fields.get(name, name), most=column.max_length)


def refuse_empty(text: str, *, field: str) -> None:
    """Refuses `text_missing` where nothing but white space is there."""
    if not text.strip():
        raise Refused(Code.TEXT_MISSING, field=field)

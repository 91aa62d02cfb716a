"""What happened: one row for each act, written in the act's own transaction."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import models

from headend.system.models import Event, Organization, Staff

_operation: ContextVar[uuid.UUID | None] = ContextVar("operation", default=None)


@contextmanager
def operation() -> Iterator[uuid.UUID]:
    """Everything recorded inside was caused by one act; an operation inside an operation is the outer one."""
    present = _operation.get()
    if present is not None:
        yield present
        return
    made = uuid.uuid4()
    token = _operation.set(made)
    try:
        yield made
    finally:
        _operation.reset(token)


def record(
    *,
    organization: Organization,
    kind: str,
    subject: models.Model,
    by: Staff | None,
    payload: dict[str, Any] | None = None,
    personal: dict[str, Any] | None = None,
    customer_id: int | None = None,
    unique_key: str | None = None,
) -> None:
    """Says that `kind` happened to `subject`. `payload` holds ids, codes and amounts, never a secret.

    With a `unique_key` the same thing is recorded once; a repetition does nothing.
    """
    event = Event(
        organization=organization,
        kind=kind,
        subject_kind=subject._meta.model_name or "",  # noqa: SLF001 - Django's documented way to a model's name
        subject_id=subject.pk,
        customer_id=customer_id,
        staff=by,
        operation=_operation.get() or uuid.uuid4(),
        payload=payload or {},
        personal=personal or {},
        unique_key=unique_key,
    )
    Event.objects.bulk_create([event], ignore_conflicts=unique_key is not None)


def changes(row: models.Model, new: dict[str, Any]) -> dict[str, list[Any]]:
    """Which of the `new` values differ from those of `row`: name -> [before, after], as text."""
    return {
        name: [_as_text(getattr(row, name)), _as_text(value)]
        for name, value in new.items()
        if getattr(row, name) != value
    }


def _as_text(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)

"""What happened: one row for each act, written in the act's own transaction. What can happen is declared in each package's `happenings.py`."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    Literal,
    NotRequired,
    ParamSpec,
    TypedDict,
    TypeVar,
    get_args,
    get_origin,
    get_type_hints,
)

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system.models import Event, Organization, Staff

P = ParamSpec("P")
T = TypeVar("T")
Text = str | Promise
Tone = Literal["", "ok", "bad"]

_PERSONAL: Final = "personal"
# A value that erasing blanks: it is kept apart from what stays.
Personal = Annotated[T, _PERSONAL]

AUTOMATIC: Final = _("automatic")
THE_CUSTOMER: Final = _("the customer")
A_GUEST: Final = _("a guest")

_operation: ContextVar[uuid.UUID | None] = ContextVar("operation", default=None)


class Area(models.TextChoices):
    """What an Event belongs to, for whoever looks for it."""

    CUSTOMERS = "customers", _("Customers")
    ACCESS = "access", _("Access and vouchers")
    MONEY = "money", _("Money")
    NETWORK = "network", _("Network")
    STAFF = "staff", _("Staff and settings")


class Nothing(TypedDict):
    """What an Event holds of which all is said by its kind, its subject and who did it."""


@dataclass(frozen=True, eq=False)
class Happening(Generic[P]):
    """One kind of Event. `holds` is a TypedDict of its payload, in which what is personal is `Personal`; called with those
    names it becomes what `record` takes.

    `sentence` has places for what it holds, `alone` stands for it where nobody of the staff did it and that reads otherwise,
    and `doer` is who did it then. `when` is for the reference. `page` names what shows the subject: a door knows its address.
    """

    kind: str
    holds: Callable[P, Mapping[str, Any]]
    area: Area
    _: KW_ONLY
    sentence: Text
    when: str
    alone: Text = ""
    doer: Text = AUTOMATIC
    tone: Tone = ""
    page: str = ""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> "Happened":
        """It happened, with this payload. A name that it does not hold cannot happen, nor that one is missing."""
        names = set(kwargs)
        assert not args, "what an Event holds is named"
        assert names >= self._required, f"{self.kind} lacks {sorted(self._required - names)}"
        assert names <= {*self.payload, *self.personal}, f"{self.kind} does not hold {sorted(names)}"
        return Happened(
            self.kind,
            {name: value for name, value in kwargs.items() if name in self.payload},
            {name: value for name, value in kwargs.items() if name in self.personal},
        )

    @cached_property
    def payload(self) -> tuple[str, ...]:
        """The names of the ids, codes and amounts that it holds."""
        return tuple(name for name, hint in self._hints.items() if not _is_personal(hint))

    @cached_property
    def personal(self) -> tuple[str, ...]:
        """The names of what it holds until the customer is deleted permanently."""
        return tuple(name for name, hint in self._hints.items() if _is_personal(hint))

    @cached_property
    def _hints(self) -> dict[str, Any]:
        return get_type_hints(self.holds, include_extras=True)

    @cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(name for name, hint in self._hints.items() if get_origin(hint) is not NotRequired)


@dataclass(frozen=True, slots=True)
class Happened:
    """A `Happening` with what it holds this time: made by calling one."""

    kind: str
    payload: dict[str, Any]
    personal: dict[str, Any]


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
    happened: Happened,
    *,
    organization: Organization,
    subject: models.Model,
    by: Staff | None,
    customer_id: int | None = None,
    unique_key: str | None = None,
) -> None:
    """Says what happened to `subject`: `events.record(happenings.SITE_ADDED(name=site.name), subject=site, ...)`.

    With a `unique_key` the same thing is recorded once; a repetition does nothing.
    """
    assert isinstance(happened, Happened), "declared in happenings.py, and called with what it holds"
    event = Event(
        organization=organization,
        kind=happened.kind,
        subject_kind=subject._meta.model_name or "",  # noqa: SLF001 - Django's documented way to a model's name
        subject_id=subject.pk,
        customer_id=customer_id,
        staff=by,
        operation=_operation.get() or uuid.uuid4(),
        payload=happened.payload,
        personal=happened.personal,
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


def _is_personal(hint: Any) -> bool:
    inner = get_args(hint)[0] if get_origin(hint) is NotRequired else hint
    return _PERSONAL in getattr(inner, "__metadata__", ())

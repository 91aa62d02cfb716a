"""What staff write about a customer for each other: added, changed, pinned, deleted, and found by the search."""

from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from headend.customers import customers, happenings
from headend.customers.models import Customer, Note
from headend.lib import clock
from headend.system import events, lengths, search
from headend.system.events import Happened
from headend.system.models import Staff

# A customer is found by what the newest notes say. The text of the search grows no further than that.
FOUND_BY: Final = 20


def of(*, customer: Customer) -> QuerySet[Note]:
    """The notes on a customer as they are read: pinned ones first, each kind from the newest on."""
    rows = Note.objects.filter(customer=customer).select_related("created_by", "edited_by")
    return rows.order_by("-is_pinned", "-created_at", "-pk")


def add(*, customer: Customer, text: str, pinned: bool = False, by: Staff | None) -> Note:
    """A new note. Refuses `text_missing`, `text_long`, `customer_is_erased`."""
    with transaction.atomic():
        _hold(customer)
        note = Note(organization=customer.organization, customer=customer, is_pinned=pinned, created_by=by)
        _write(note, text)
        note.save()
        _tell(note, happenings.NOTE_ADDED(), by)
    return note


def edit(*, note: Note, text: str, by: Staff | None) -> Note:
    """Another text, which replaces the first one. Refuses as `add` does. The same text changes nothing."""
    with transaction.atomic():
        _hold(note.customer)
        before = note.text
        _write(note, text)
        # Whoever deleted it meanwhile is obeyed: it does not come back.
        if note.text != before and Note.objects.filter(pk=note.pk).exists():
            note.edited_at, note.edited_by = clock.now(), by
            note.save(update_fields=["text", "edited_at", "edited_by"])
            _tell(note, happenings.NOTE_EDITED(), by)
    return note


def pin(*, note: Note, pinned: bool) -> None:
    """Whether it stands before the others. It says nothing new, so that nothing is recorded of it."""
    Note.objects.filter(pk=note.pk).update(is_pinned=pinned)


def delete(*, note: Note, by: Staff | None) -> None:
    """Takes a note away for good. A second press does no harm."""
    with transaction.atomic():
        _hold(note.customer)
        if Note.objects.filter(pk=note.pk).delete()[0]:
            _tell(note, happenings.NOTE_DELETED(), by)


def _hold(customer: Customer) -> None:
    """Two who write at once wait for each other, and whoever deletes the customer permanently waits as well."""
    customers.refuse_erased(Customer.objects.select_for_update(no_key=True).get(pk=customer.pk))


def _write(note: Note, text: str) -> None:
    note.text = text.strip()
    lengths.refuse_empty(note.text, field="text")
    lengths.refuse_long(note)


def _tell(note: Note, happened: Happened, by: Staff | None) -> None:
    """The Event, of the customer: a note that is gone cannot be looked up. And what the search finds the customer by."""
    customer = note.customer
    newest = Note.objects.filter(customer=customer).order_by("-created_at", "-pk").values_list("text", flat=True)
    search.put(organization=customer.organization, customer_id=customer.pk, source="note", words=newest[:FOUND_BY])
    events.record(happened, organization=customer.organization, subject=customer, by=by, customer_id=customer.pk)

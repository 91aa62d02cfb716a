"""What staff write about a customer for each other: the panel on the customer's page, adding, changing, deleting."""

from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.customers import notes
from headend.customers.models import Customer, Note
from headend.doors.console import lists, pages, panels, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.pages import Request, forbidden, may, page, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, Form, asks

OF_CUSTOMER: Final = Listing(
    title=gettext_lazy("Notes"),
    icon="pencil",
    columns=(Column(gettext_lazy("Note"), sort="time"), Column("")),
    row="console/notes/row.html",
    orders={"time": ("pk",)},
    falling=True,
    empty=gettext_lazy("No notes yet. Write down what the next colleague should know."),
)


class NoteForm(Form):
    """What a note says, and whether it stays at the top."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("text",), ("pinned",))

    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=2_000,
        help_text=gettext_lazy(
            "Colleagues read it, and the search finds the customer by it. The customer never sees it."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    pinned = forms.BooleanField(label=gettext_lazy("Keep at the top"), required=False)


def fetch(request: Request, pk: int) -> Note:
    """A Note of the organization; 404 for any other."""
    rows = Note.objects.filter(organization=request.organization)
    return pages.fetch(rows.select_related("customer__organization", "created_by", "edited_by"), pk)


@panel("notes", gettext_lazy("Notes"), at=95, aside=True, later=True)
def load(looked: Looked) -> dict[str, Any]:
    """The first notes: what is pinned, then the newest."""
    shown, more = panels.newest(notes.of(customer=looked.customer))
    return {"notes": shown, "more": more, **_complete(looked.request, shown)}


@page("customers/<int:pk>/notes/", "customer_notes", see="customers.see")
def of_customer(request: Request, pk: int) -> HttpResponse:
    """Every note on a customer."""
    customer = pages.fetch_customer(request, pk)
    return lists.list_page(
        request,
        OF_CUSTOMER,
        notes.of(customer=customer),
        template="console/customers/part.html",
        complete=lambda rows: _complete(request, rows),
        customer=customer,
    )


@asks("customers/<int:pk>/notes/add/", "customer_note_add", do="customers.see", of=pages.fetch_customer)
def add(request: Request, customer: Customer) -> Act:
    """A new note."""

    def run(form: NoteForm) -> str:
        text, pinned = form.cleaned_data["text"], form.cleaned_data["pinned"]
        notes.add(customer=customer, text=text, pinned=pinned, by=request.staff)
        return _("The note is kept.")

    return Act(
        title=_("Note on %(name)s") % {"name": customer.name},
        button=_("Add note"),
        harm=False,
        back=_place(request, customer),
        run=run,
        form=NoteForm,
        once=True,
    )


@asks("notes/<int:pk>/edit/", "note_edit", do="customers.see", of=fetch)
def edit(request: Request, note: Note) -> Act | HttpResponse:
    """Another text, or another place."""
    if not _may_change(request, note):
        return forbidden(request)

    def run(form: NoteForm) -> str:
        notes.edit(note=note, text=form.cleaned_data["text"], by=request.staff)
        notes.pin(note=note, pinned=form.cleaned_data["pinned"])
        return _("The note is changed.")

    return Act(
        title=_("Change the note on %(name)s") % {"name": note.customer.name},
        button=_("Save"),
        harm=False,
        back=_place(request, note.customer),
        run=run,
        form=NoteForm,
        initial={"text": note.text, "pinned": note.is_pinned},
    )


@asks("notes/<int:pk>/deletion/", "note_deletion", do="customers.see", of=fetch)
def delete(request: Request, note: Note) -> Act | HttpResponse:
    """Takes a note away for good."""
    if not _may_change(request, note):
        return forbidden(request)

    def run(form: saving.Form) -> str:
        notes.delete(note=note, by=request.staff)
        return _("The note is deleted.")

    return Act(
        title=_("Delete this note?"),
        says=[note.text, _("Nobody can bring it back. The timeline says that there was one, and not what it said.")],
        button=_("Delete note"),
        icon="trash-2",
        back=_place(request, note.customer),
        run=run,
    )


def _complete(request: Request, shown: list[Note]) -> dict[str, Any]:
    """Which of the notes whoever asks may change."""
    return {"may_change": {note.pk: _may_change(request, note) for note in shown}}


def _may_change(request: Request, note: Note) -> bool:
    """Everybody their own; those of colleagues who may change customers."""
    return note.created_by_id == request.staff.pk or may(request, "customers.edit")


def _place(request: Request, customer: Customer) -> str:
    return f"{url(request, 'customer', customer.pk)}#notes"

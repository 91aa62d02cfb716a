"""The history of the organization: who did what, when, to whom."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.doors.console import crud, timeline
from headend.doors.console.access import Request, page, render, url
from headend.doors.console.forms.events import EventsForm, read_place, write_place
from headend.doors.console.timeline import Line
from headend.reports import events as report
from headend.system import search
from headend.system.models import Event

# Which page shows what an Event is about.
_PAGES: Final = {
    "voucher": "voucher",
    "batch": "batch",
    "sheet": "sheet",
    "plan": "plan",
    "nas": "nas_show",
    "payment": "payment",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One Event as the page draws it: the sentence, and links to what it is about."""

    line: Line
    customer: str
    customer_url: str
    subject: str
    subject_url: str


@page(see="events.see")
def listing(request: Request) -> HttpResponse:
    """The Events, newest first, narrowed as the address asks."""
    form = EventsForm(request.GET, organization=request.organization)
    found = _found(request, form) if form.is_valid() else []
    wanted = _wanted(form, found) if form.is_valid() else report.Wanted(customers=[])
    before = read_place(request.GET.get("before", ""))
    shown = report.page(request.organization, wanted, before, size=crud.PAGE_SIZE)
    named = report.name(request.organization, shown.events)
    return render(
        request,
        "console/events.html",
        {
            "form": form,
            "rows": [_row(request, event, named) for event in shown.events],
            "older": crud.link(request, before=write_place(shown.older)) if shown.older else "",
            "newest": crud.link(request, before="") if before else "",
            "searched_to": shown.searched_to,
            "most": search.MOST_RESULTS if found is not None and len(found) > search.MOST_RESULTS else 0,
            "narrowed": any(form.data.get(name) for name in ("q", "by", "about", "since", "until")),
        },
        status=200 if form.is_valid() else 400,
    )


def _found(request: Request, form: EventsForm) -> list[int] | None:
    """The ids of the customers that are searched for, and of one more than fit; None where none are."""
    query = form.cleaned_data["q"]
    return search.find(organization=request.organization, query=query, limit=search.MOST_RESULTS + 1) if query else None


def _wanted(form: EventsForm, found: list[int] | None) -> report.Wanted:
    values = form.cleaned_data
    return report.Wanted(
        staff_id=int(values["by"]) if values["by"] else None,
        group=values["about"],
        customers=None if found is None else found[: search.MOST_RESULTS],
        since=form.since_at(),
        until=form.until_at(),
    )


def _row(request: Request, event: Event, named: report.Named) -> Row:
    subject = named.subjects.get((event.subject_kind, event.subject_id), "")
    subject_url = ""
    if event.subject_kind in _PAGES and (subject or event.subject_kind == "payment"):
        subject_url = url(request, _PAGES[event.subject_kind], event.subject_id)
    customer_id = event.customer_id if event.customer_id in named.customers else None
    return Row(
        timeline.line(event, request.organization, subject=subject),
        named.customers[customer_id] if customer_id else "",
        url(request, "customer", customer_id) if customer_id else "",
        _called(event, subject),
        subject_url,
    )


def _called(event: Event, subject: str) -> str:
    """What the link to the subject says; people, places and things go by their names."""
    if event.subject_kind == "payment":
        return _("Payment")
    words = {"voucher": _("Voucher %(name)s"), "batch": _("Batch %(name)s"), "sheet": _("Sheet %(name)s")}
    return words[event.subject_kind] % {"name": subject} if subject and event.subject_kind in words else subject

"""The history of the organization: who did what, when, to whom."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.doors.console import lists, red_lines
from headend.doors.console.lists import SEARCH_LONGEST
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, may, page, render, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Form
from headend.lib import clock
from headend.reports import customer as customer_report
from headend.reports import events as report
from headend.reports.events import Place
from headend.system import search
from headend.system.events import Area
from headend.system.models import Event
from headend.ui import paging, sentences
from headend.ui.sentences import Line

# Where the pages are that `Happening.page` names.
PAGES: Final = {
    "voucher": "voucher",
    "batch": "batch",
    "sheet": "sheet",
    "plan": "plan",
    "nas": "nas_show",
    "payment": "payment",
}

EVERYBODY: Final = ""
NOBODY: Final = "0"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class EventsForm(Form):
    """Who, what, when, of whom. What cannot be read narrows nothing, and says so."""

    q = forms.CharField(label=gettext_lazy("Customer"), max_length=SEARCH_LONGEST, required=False)
    by = forms.ChoiceField(label=gettext_lazy("Done by"), required=False)
    about = forms.ChoiceField(
        label=gettext_lazy("About"),
        required=False,
        choices=[("", gettext_lazy("Everything")), *Area.choices],
    )
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.organization.membership_set.select_related("staff").order_by("staff__name")
        by = self.fields["by"]
        assert isinstance(by, forms.ChoiceField), "declared above"
        by.choices = [
            (EVERYBODY, gettext_lazy("Everybody")),
            *((str(membership.staff_id), membership.staff.name) for membership in people),
            (NOBODY, gettext_lazy("Not staff: the system or a customer")),
        ]

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", gettext_lazy("The last day is before the first."))
        return self.cleaned_data

    def since_at(self) -> datetime | None:
        """When the first day begins."""
        day = self.cleaned_data.get("since")
        return clock.day_start(day, self.organization.timezone) if day else None

    def until_at(self) -> datetime | None:
        """When the last day is over."""
        day = self.cleaned_data.get("until")
        return clock.day_end(day, self.organization.timezone) if day else None


def write_place(place: Place) -> str:
    """A place in the history as an address carries it: microseconds, and the row."""
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.pk}"


def read_place(text: str) -> Place | None:
    """The place that an address names; None for anything else."""
    micros, dash, pk = text.partition("-")
    if not (dash and micros.isdigit() and pk.isdigit() and micros.isascii() and pk.isascii()) or len(text) > 36:
        return None
    try:
        return Place(_EPOCH + timedelta(microseconds=int(micros)), min(int(pk), 2**63 - 1))
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Row:
    """One Event as the page draws it: the sentence, and links to what it is about."""

    line: Line
    customer: str
    customer_url: str
    subject: str
    subject_url: str


@page("events/", "events", see="events.see", rail=Entry("organization", gettext_lazy("Events"), "history", 2))
def listing(request: Request) -> HttpResponse:
    """The Events, newest first, narrowed as the address asks."""
    form = EventsForm(request.GET, organization=request.organization)
    found = _found(request, form) if form.is_valid() else []
    wanted = _wanted(form, found) if form.is_valid() else report.Wanted(customers=[])
    before = read_place(request.GET.get("before", ""))
    shown = report.page(request.organization, wanted, before, size=lists.PAGE_SIZE)
    named = report.name(request.organization, shown.events)
    return render(
        request,
        "console/events.html",
        {
            "form": form,
            "rows": [_row(request, event, named) for event in shown.events],
            "older": paging.link(request, before=write_place(shown.older)) if shown.older else "",
            "newest": paging.link(request, before="") if before else "",
            "searched_to": shown.searched_to,
            "most": search.MOST_RESULTS if found is not None and len(found) > search.MOST_RESULTS else 0,
            "narrowed": any(form.data.get(name) for name in ("q", "by", "about", "since", "until")),
        },
        status=200 if form.is_valid() else 400,
    )


@panel("timeline", gettext_lazy("Timeline"), at=100, aside=True)
def of_customer(looked: Looked) -> dict[str, Any]:
    """What happened to a customer, newest first."""
    request = looked.request
    hides_codes = not may(request, "vouchers.issue")
    happened = customer_report.events(looked.customer)
    return {"timeline": sentences.lines(happened, request.organization, why=red_lines.why_not, hides_codes=hides_codes)}


def _found(request: Request, form: EventsForm) -> list[int] | None:
    """The ids of the customers that are searched for, and of one more than fit; None where none are."""
    query = form.cleaned_data["q"]
    return search.find(organization=request.organization, query=query, limit=search.MOST_RESULTS + 1) if query else None


def _wanted(form: EventsForm, found: list[int] | None) -> report.Wanted:
    values = form.cleaned_data
    return report.Wanted(
        staff_id=int(values["by"]) if values["by"] else None,
        kinds=sentences.kinds_of(values["about"]) if values["about"] else None,
        customers=None if found is None else found[: search.MOST_RESULTS],
        since=form.since_at(),
        until=form.until_at(),
    )


def _row(request: Request, event: Event, named: report.Named) -> Row:
    subject = named.subjects.get((event.subject_kind, event.subject_id), "")
    happening = sentences.HAPPENINGS.get(event.kind)
    subject_url = ""
    if happening and happening.page and (subject or event.subject_kind == "payment"):
        subject_url = url(request, PAGES[happening.page], event.subject_id)
    customer_id = event.customer_id if event.customer_id in named.customers else None
    return Row(
        sentences.line(event, request.organization, why=red_lines.why_not, subject=subject),
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

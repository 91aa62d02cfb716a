"""Sessions: who is connected now, and disconnecting them."""

from dataclasses import replace
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.translation import gettext_lazy

from headend.access import sessions
from headend.access.models import Session
from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, may, page, render, url
from headend.doors.console.panels import Looked, panel
from headend.lib import clock, mac
from headend.lib.refused import Refused
from headend.reports import customer as customer_report
from headend.reports import sessions as report
from headend.system import search
from headend.system.models import Organization
from headend.ui import paging
from headend.ui.templatetags.show import COUNTED

VIEWS: Final = (("live", gettext_lazy("Live")), ("failed", gettext_lazy("Failed disconnects")))

LISTING: Final = Listing(
    title=gettext_lazy("Sessions"),
    icon="activity",
    columns=(
        Column(gettext_lazy("Customer")),
        Column(gettext_lazy("Plan")),
        Column(gettext_lazy("NAS")),
        Column(gettext_lazy("IP")),
        Column(gettext_lazy("MAC"), css="p3"),
        Column(gettext_lazy("Started"), css="p2", sort="started"),
        Column(gettext_lazy("Duration"), css="num"),
        Column(gettext_lazy("Down, GB"), css="num"),
        Column(gettext_lazy("Up, GB"), css="num"),
        Column(""),
    ),
    row="console/sessions/row.html",
    orders={"started": ("started_at", "pk")},
    falling=True,
    empty=gettext_lazy("Nobody is connected. Sessions appear here when a NAS reports them."),
    placeholder=gettext_lazy("Customer, username, voucher, IP or MAC"),
)
FAILED: Final = replace(LISTING, empty=gettext_lazy("No disconnect has failed in the last 24 hours."))


def _live(organization: Organization) -> int:
    """Those that are on, counted no further than lists do."""
    live: int = organization.session_set.filter(ended_at__isnull=True)[: COUNTED + 1].count()
    return live


def fetch(request: Request, pk: int) -> Session:
    """A Session of the organization; 404 for any other."""
    rows = request.organization.session_set.select_related("organization", "customer", "nas", "subscription", "voucher")
    return pages.fetch(rows, pk)


@page(
    "sessions/", "sessions", see="customers.see", rail=Entry("access", gettext_lazy("Sessions"), "activity", 1, _live)
)
def listing(request: Request) -> HttpResponse:
    """The live sessions, or those whose disconnect failed."""
    view = "failed" if request.GET.get("view") == "failed" else "live"
    rows = request.organization.session_set.select_related("customer", "nas", "subscription", "voucher")
    if view == "failed":
        rows = rows.filter(pk__in=report.failed_disconnects(request.organization))
    else:
        rows = rows.filter(ended_at__isnull=True)
    nas_id = request.GET.get("nas", "")
    if nas_id.isascii() and nas_id.isdigit():
        rows = rows.filter(nas=int(nas_id[:18]))
    query = request.GET.get("q", "").strip()[: lists.SEARCH_LONGEST]
    if query:
        rows = _found(request, rows, query)
    return lists.list_page(
        request,
        LISTING if view == "live" else FAILED,
        rows,
        template="console/sessions/list.html",
        complete=lambda shown: {"commands": report.last_commands(shown)},
        now=clock.now(),
        view=view,
        views=[
            (name, label, paging.link(request, view="" if name == "live" else name, page="")) for name, label in VIEWS
        ],
        nases=list(request.organization.nas_set.order_by("name_key").values_list("pk", "name")),
        nas_id=nas_id,
    )


@page("sessions/<int:pk>/", "session", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """One session, live or over."""
    session = fetch(request, pk)
    command = report.last_commands([session]).get(session.pk)
    return render(request, "console/sessions/show.html", {"session": session, "command": command})


@page("sessions/<int:pk>/disconnection/", "session_disconnection", see="customers.see", do="sessions.disconnect")
def disconnection(request: Request, pk: int) -> HttpResponse:
    """POST asks the NAS to end the session; GET tells how far that is."""
    session = fetch(request, pk)
    if request.method == "POST":
        try:
            sessions.disconnect(session=session, by=request.staff)
        except Refused as refused:
            saving.toast(request, saving.refusal_text(request.organization, refused))
    if request.headers.get("HX-Request"):
        session = fetch(request, pk)
        return django_render(
            request, "console/sessions/command.html", {"session": session, **_command_context(request, session)}
        )
    return HttpResponseRedirect(url(request, "session", pk))


@panel("sessions", gettext_lazy("Sessions"), at=60, later=True)
def of_customer(looked: Looked) -> dict[str, Any]:
    """A customer's live sessions, and the last that are over."""
    live, past = customer_report.live(looked.customer), customer_report.past(looked.customer)
    return {"sessions": [*live, *past]}


def _found(request: Request, rows: QuerySet[Session], query: str) -> QuerySet[Session]:
    """The sessions of customers that a search finds, or with this username, voucher code, address or MAC."""
    # Of those who have a session here alone: whoever is found besides would take their places.
    here = request.organization.customer_set.filter(pk__in=rows.order_by().values("customer"))
    ids = search.find(organization=request.organization, query=query, limit=search.CANDIDATES, among=here)
    return report.found(rows, query, ids, mac.parse(query))


def _command_context(request: Request, session: Session) -> dict[str, Any]:
    return {
        "command": report.last_commands([session]).get(session.pk),
        "may": {"sessions_disconnect": may(request, "sessions.disconnect")},
        "organization": request.organization,
    }

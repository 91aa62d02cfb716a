"""The dashboard: figures that are true at the moment, and what needs somebody."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.access.reasons import OTHER_REASON, SHORT
from headend.doors.console import red_lines
from headend.doors.console.navigation import Entry
from headend.doors.console.office import first_steps
from headend.doors.console.pages import Request, may, page, render, url
from headend.ledger.models import Account
from headend.lib import clock
from headend.messaging import carrier_credit, codes
from headend.messaging.models import Carrier
from headend.reports import dashboard as report
from headend.reports import figures, usage
from headend.reports import first_steps as first_steps_report
from headend.reports import nas as nas_report
from headend.reports import red_lines as red_lines_report
from headend.system.models import Event, Role
from headend.ui import charts
from headend.ui.states import Tone
from headend.ui.templatetags import show

# Purchases, and payments, that stand at the top of the page; the others are in the list of payments.
RED_LINES: Final = 5


@dataclass(frozen=True, slots=True)
class Attention:
    """One line of what needs somebody, and where to go."""

    tone: Tone
    icon: str
    text: str
    note: str
    url: str


@page("", "dashboard", see="customers.see", rail=Entry("today", gettext_lazy("Dashboard"), "layout-dashboard", 0))
def dashboard(request: Request) -> HttpResponse:
    """Counts, data by day, refused logins, and what needs somebody."""
    organization = request.organization
    totals = figures.totals(organization)
    so_far = first_steps_report.of_organization(organization) if may(request, "network.edit") else None
    now = clock.now()
    today = usage.DayUsed(clock.local_day(now, organization.timezone), totals.today_down_bytes, totals.today_up_bytes)
    used = usage.of_organization(organization, today)
    days = [charts.Day(day.day, day.download_bytes, day.upload_bytes) for day in used]
    return render(
        request,
        "console/dashboard.html",
        {
            "now": now,
            "as_of": totals.at or now,
            "first_steps": first_steps.draw(request, so_far) if so_far is not None else [],
            "may_forget": settings.MAY_FORGET and request.membership.role == Role.OWNER,
            "figures": totals,
            "joined_today": report.joined_today(organization),
            "today": days[-1],
            "chart": charts.usage(days),
            "attention": _attention(request, totals),
            "red_lines": red_lines.draw(red_lines_report.of_organization(organization, most=RED_LINES), organization),
            "refused": [(_short(row.reason), row) for row in nas_report.refused(organization)],
            "dropped": [(_short(row.reason), row) for row in nas_report.dropped(organization)],
        },
    )


# What a Job does, for people: by its kind.
JOBS: Final[dict[str, str | Promise]] = {
    "enforce": gettext_lazy("deciding again who may connect"),
    "sweep": gettext_lazy("looking for who may connect no longer"),
    "reap": gettext_lazy("ending sessions that are silent"),
    "session_gone": gettext_lazy("ending a session that its NAS does not know"),
    "fill_batch": gettext_lazy("making vouchers"),
    "write_broadcast": gettext_lazy("writing the messages of a broadcast"),
    "settle_broadcasts": gettext_lazy("looking for broadcasts that are finished"),
    "forget": gettext_lazy("removing what is kept for a limited time"),
    "ask_provider": gettext_lazy("asking a provider about a payment"),
    "ask_credit": gettext_lazy("asking a carrier of SMS about credit"),
    "sweep_credit": gettext_lazy("asking carriers about credit"),
    "ask_deliveries": gettext_lazy("asking a carrier of SMS what became of messages"),
    "sweep_deliveries": gettext_lazy("looking for messages of which nothing is known yet"),
    "look_again": gettext_lazy("looking again for the message that a report is of"),
    "sweep_payments": gettext_lazy("looking for payments without an answer"),
    "close_days": gettext_lazy("closing days of the ledger"),
    "remind": gettext_lazy("telling whose package ends, and whose balance is low"),
    "keep_figures": gettext_lazy("counting what pages show"),
    "keep_totals": gettext_lazy("adding up the days that are over"),
    "erase_traces": gettext_lazy("removing traces of somebody who was deleted permanently"),
}
_OTHER_WORK: Final = gettext_lazy("work behind the pages")


def _attention(request: Request, totals: figures.Totals) -> list[Attention]:
    organization = request.organization
    lines = [_silent(request, quiet) for quiet in nas_report.silent(organization)]
    lines += [_ownerless(request, wallet) for wallet in report.ownerless(organization)]
    lines += [_paused(request, pause) for pause in codes.pauses(organization)[:1]]
    lines += [_short_of_credit(request, carrier) for carrier in carrier_credit.short(organization)]
    commands = report.failed_commands(organization)
    if commands is not None:
        text = ngettext("%(n)s command failed", "%(n)s commands failed", commands.times) % {
            "n": show.count(commands.times)
        }
        lines.append(
            Attention("bad", "circle-x", text, _("in the last 24 hours"), f"{url(request, 'sessions')}?view=failed")
        )
    for job in report.failed_jobs(organization):
        text = ngettext("%(n)s job failed", "%(n)s jobs failed", job.times) % {"n": show.count(job.times)}
        lines.append(
            Attention("bad", "circle-x", text, f"{JOBS.get(job.kind, _OTHER_WORK)}, {show.moment(job.last_at)}", "")
        )
    if totals.expiring:
        text = ngettext("%(n)s package runs out", "%(n)s packages run out", totals.expiring)
        place = f"{url(request, 'customers')}?view=expiring"
        lines.append(Attention("info", "clock", text % {"n": show.count(totals.expiring)}, _("by tomorrow"), place))
    return lines


def _silent(request: Request, quiet: nas_report.Silent) -> Attention:
    place = url(request, "nas_show", quiet.nas.pk)
    if quiet.nas.last_seen_at is None:
        text = _("%(nas)s was never heard") % {"nas": quiet.nas.name}
        return Attention("warn", "triangle-alert", text, _("see what to paste into it"), place)
    text = _("%(nas)s is silent") % {"nas": quiet.nas.name}
    sessions = ngettext("%(n)s session", "%(n)s sessions", quiet.sessions) % {"n": show.count(quiet.sessions)}
    return Attention("bad", "circle-x", text, f"{show.age(quiet.nas.last_seen_at)}, {sessions}", place)


def _ownerless(request: Request, wallet: Account) -> Attention:
    assert wallet.customer is not None, "a wallet is a customer's"
    amount = show.money(wallet.balance_minor, request.organization.currency)
    text = _("%(amount)s came for somebody who was deleted permanently") % {"amount": amount}
    return Attention("bad", "circle-x", text, wallet.customer.name, url(request, "customer", wallet.customer.pk))


def _paused(request: Request, pause: Event) -> Attention:
    numbers = pause.payload.get("range")
    text = _("Codes by SMS were held back")
    note = ngettext("%(n)s code in an hour", "%(n)s codes in an hour", pause.payload["codes"]) % {
        "n": show.count(pause.payload["codes"])
    }
    if numbers:
        note = _("%(codes)s to numbers that begin with %(range)s") % {"codes": note, "range": numbers}
    place = url(request, "events") if may(request, "events.see") else ""
    return Attention("bad", "circle-x", text, f"{note}, {show.moment(pause.at)}", place)


def _short_of_credit(request: Request, carrier: Carrier) -> Attention:
    place = url(request, "carrier") if may(request, "settings") else ""
    if carrier.has_no_credit:
        return Attention("bad", "circle-x", _("No credit is left at the carrier of SMS"), _("nothing is sent"), place)
    note = _("%(credit)s left %(at)s") % {"credit": carrier.credit, "at": show.moment(carrier.credit_at)}
    return Attention("bad", "circle-x", _("The credit at the carrier of SMS is about to end"), note, place)


def _short(reason: str) -> str | Promise:
    return SHORT.get(reason, OTHER_REASON)

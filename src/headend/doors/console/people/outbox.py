"""All messages of the organization: found, read, and sent again."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import SEARCH_LONGEST
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, render, url
from headend.doors.console.saving import Act, Form, asks
from headend.messaging import resending
from headend.messaging.messages import KEPT_DAYS
from headend.messaging.models import Channel, Message
from headend.reports import messages as report
from headend.system import search
from headend.system.models import State
from headend.ui import paging
from headend.ui.templatetags.show import phone

STATES: Final = (
    ("", gettext_lazy("All")),
    ("waiting", gettext_lazy("Waiting")),
    ("sent", gettext_lazy("Sent")),
    ("delivered", gettext_lazy("Delivered")),
    ("failed", gettext_lazy("Failed")),
    ("unknown", gettext_lazy("Unknown")),
    (report.RECEIVED, gettext_lazy("Received")),
)
_ID_DIGITS: Final = 18


class MessagesForm(Form):
    """Whose, with which words, how they stand, by which channel."""

    q = forms.CharField(label=gettext_lazy("Customer"), max_length=SEARCH_LONGEST, required=False)
    text = forms.CharField(label=gettext_lazy("Text or number"), max_length=SEARCH_LONGEST, required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False, choices=STATES)
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), required=False, choices=[("", gettext_lazy("All")), *Channel.choices]
    )


@page("messages/", "messages", see="customers.see", rail=Entry("people", gettext_lazy("Messages"), "inbox", 3))
def listing(request: Request) -> HttpResponse:
    """The messages, newest first, narrowed as the address asks."""
    form = MessagesForm(request.GET, organization=request.organization)
    is_valid = form.is_valid()
    found = _found(request, form) if is_valid else []
    wanted = _wanted(form, found) if is_valid else report.Wanted(customers=[])
    before = _read_place(request.GET.get("before", ""))
    shown = report.page(request.organization, wanted, before, size=lists.PAGE_SIZE)
    return render(
        request,
        "console/messages/list.html",
        {
            "form": form,
            "rows": [(message, shown.names.get(message.customer_id or 0, "")) for message in shown.messages],
            "older": paging.link(request, before=shown.older) if shown.older else "",
            "newest": paging.link(request, before="") if before else "",
            "searched_to": shown.searched_to,
            "most": search.MOST_RESULTS if found is not None and len(found) > search.MOST_RESULTS else 0,
            "narrowed": any(form.data.get(name) for name in ("q", "text", "state", "channel")),
            "about": _("Codes and passwords are kept as dots, and each message for %(days)s days after it was sent.")
            % {"days": KEPT_DAYS},
        },
        status=200 if is_valid else 400,
    )


def fetch(request: Request, pk: int) -> Message:
    """A message of the organization; 404 for any other."""
    return pages.fetch(request.organization.message_set.select_related("organization").defer("body_sealed"), pk)


@page("messages/<int:pk>/", "message", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """One message, with all that is known of it."""
    message = fetch(request, pk)
    customer = request.organization.customer_set.filter(pk=message.customer_id or 0).first()
    is_over = not message.is_incoming and message.state in resending.AGAIN
    hindrance = _hindrance(request, message) if is_over else ""
    context = {"message": message, "customer": customer, "is_over": is_over, "hindrance": hindrance}
    return render(request, "console/messages/show.html", context)


@asks("messages/<int:pk>/again/", "message_again", do="customers.see", of=fetch)
def again(request: Request, message: Message) -> Act:
    """*Send again*. Of one that may have arrived it says so first."""
    place = url(request, "message", message.pk)
    to = message.to if message.channel == Channel.EMAIL else phone(message.to, request.organization.country)

    def run(form: Form) -> str:
        resending.send(message=message, key=saving.key_of(form, message), by=request.staff)
        return _("It is sent again to %(to)s.") % {"to": to}

    hindrance = _hindrance(request, message)
    says = [hindrance or message.shown]
    if not hindrance and message.state == State.UNKNOWN:
        says.insert(0, _("Nobody knows whether it arrived: it may come twice, and is paid for twice."))
    return Act(
        title=_("Send this again to %(to)s?") % {"to": to},
        says=says,
        button="" if hindrance else _("Send again"),
        icon="refresh-cw",
        harm=message.state == State.UNKNOWN,
        back=place,
        run=run,
        ways=[(_("Back to the message"), place)] if hindrance else [],
    )


def _hindrance(request: Request, message: Message) -> str:
    return saving.refusal_of(request.organization, lambda: resending.refuse_to(message=message))


def _found(request: Request, form: MessagesForm) -> list[int] | None:
    """The ids of the customers that are searched for, and of one more than fit; None where none are."""
    query = form.cleaned_data["q"]
    return search.find(organization=request.organization, query=query, limit=search.MOST_RESULTS + 1) if query else None


def _wanted(form: MessagesForm, found: list[int] | None) -> report.Wanted:
    values: dict[str, Any] = form.cleaned_data
    return report.Wanted(
        customers=None if found is None else found[: search.MOST_RESULTS],
        text=values["text"].strip(),
        state=values["state"],
        channel=values["channel"],
    )


def _read_place(text: str) -> int:
    """The id that an address names; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS else 0

"""What the product says to customers by itself: which notices there are, by which channels they go, in which words and hours."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.customers.models import Customer
from headend.doors.console import saving
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, Text, page, render, url
from headend.doors.console.saving import Fill, Form, fills, form_page
from headend.lib import braces, clock, segments
from headend.messaging import carriers, policies, reminders, texts
from headend.messaging import catalogue as list_of_notices
from headend.messaging.catalogue import places
from headend.messaging.catalogue.money import LOW_BALANCE
from headend.messaging.catalogue.notice import Notice
from headend.messaging.catalogue.notice import Text as Said
from headend.messaging.models import Channel
from headend.messaging.texts import Wording
from headend.reports import customers as list_report
from headend.ui.forms import Amount, Money

# More are told as “more than”: to count them all takes longer than anybody reads.
COUNTED: Final = 1_000
CHANNELS: Final = (Channel.SMS, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Way:
    """How a notice goes out by one channel."""

    channel: str
    label: Text
    is_on: bool
    is_own: bool


class TextForm(Form):
    """What is said by one channel, and whether it is."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("is_on",), ("body",))

    is_on = forms.BooleanField(label=gettext_lazy("Send it"), required=False)
    body = forms.CharField(
        label=gettext_lazy("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5, "class": "w-l"})
    )


class MailForm(TextForm):
    """The same of an e-mail."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("is_on",), ("subject",), ("body",))

    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, widget=forms.TextInput(attrs={"class": "w-l"})
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=4000,
        help_text=gettext_lazy("An empty line begins a paragraph. Your name, logo and colour stand around it."),
        widget=forms.Textarea(attrs={"rows": 12, "class": "w-l"}),
    )


class PolicyForm(Form):
    """When notices are sent that may wait, and when a balance is low."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("hour_from", "hour_until"), ("low_minor",), ("low_days",))

    hour_from = forms.TypedChoiceField(
        label=gettext_lazy("From"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=gettext_lazy("Reminders are sent between these hours. Codes and receipts are sent at once."),
    )
    hour_until = forms.TypedChoiceField(
        label=gettext_lazy("Until"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(1, 25)]
    )
    low_minor = Money(
        label=gettext_lazy("A balance is low under"),
        required=False,
        help_text=gettext_lazy("Empty: under the price of the package that ends next."),
    )
    low_days = forms.IntegerField(
        label=gettext_lazy("Not more often than every"),
        min_value=1,
        max_value=60,
        widget=Amount(after=gettext_lazy("days")),
    )


@page("notices/", "notices", see="settings", rail=Entry("organization", gettext_lazy("Notices"), "bell", 6))
def show(request: Request) -> HttpResponse:
    """All notices: what causes each, and by which channels it goes out."""
    wording = texts.of(request.organization)
    rows = [(notice, _ways(wording, notice)) for notice in list_of_notices.NOTICES.values()]
    carried = {channel for channel in CHANNELS if carriers.of(request.organization, channel) is not None}
    return render(
        request,
        "console/notices/list.html",
        {
            "rows": rows,
            "channels": CHANNELS,
            "policy": wording.policy,
            "without_sms": Channel.SMS not in carried,
            "without_mail": Channel.EMAIL not in carried,
        },
    )


@page("notices/<slug:channel>/<str:code>/", "notice", see="settings", do="settings")
def edit(request: Request, channel: str, code: str) -> HttpResponse:
    """The text of a notice by one channel, as a customer would read it, and whether it is sent."""
    notice = _fetch(channel, code)
    wording = texts.of(request.organization)
    said = wording.text(notice, channel)
    place = url(request, "notice", channel, code)

    def save(form: TextForm) -> str:
        texts.save(
            organization=request.organization,
            notice=code,
            channel=channel,
            text=Said(form.cleaned_data["body"], form.cleaned_data.get("subject", "")),
            is_on=form.cleaned_data["is_on"],
            by=request.staff,
        )
        saving.toast(request, _("The notice is saved."))
        return place

    typed = Said(request.POST.get("body", said.body), request.POST.get("subject", said.subject))
    fill = Fill(
        MailForm if channel == Channel.EMAIL else TextForm,
        title=notice.label,
        about=notice.when,
        crumbs=[(_("Notices"), url(request, "notices"))],
        button=_("Save"),
        back=url(request, "notices"),
        initial={"is_on": wording.is_on(notice, channel), "body": said.body, "subject": said.subject},
        save=save,
        template="console/notices/edit.html",
        more={
            "view": channel,
            "views": [
                (way.channel, way.label, url(request, "notice", way.channel, code)) for way in _ways(wording, notice)
            ],
            "is_own": wording.own_text(notice, channel) is not None,
            "places": [(name, places.PLACES[name]) for name in texts.known(notice)],
            "needs": notice.texts[channel].needs,
            "preview_url": url(request, "notice_preview", channel, code),
            "reset_url": url(request, "notice_reset", channel, code),
            **_preview(request, typed, channel),
        },
    )
    return form_page(request, fill)


@page("notices/<slug:channel>/<str:code>/preview/", "notice_preview", do="settings")
def preview(request: Request, channel: str, code: str) -> HttpResponse:
    """What is being typed, as a customer would read it: for a script."""
    _fetch(channel, code)
    typed = Said(request.POST.get("body", "")[:4000], request.POST.get("subject", "")[:200])
    return render(request, "console/notices/preview.html", _preview(request, typed, channel))


@page("notices/<slug:channel>/<str:code>/reset/", "notice_reset", do="settings")
def reset(request: Request, channel: str, code: str) -> HttpResponse:
    """*Reset to our text*."""
    _fetch(channel, code)
    texts.reset(organization=request.organization, notice=code, channel=channel, by=request.staff)
    saving.toast(request, _("It says our text again."))
    return HttpResponseRedirect(url(request, "notice", channel, code))


@fills("notices/hours/", "notices_hours", do="settings")
def hours(request: Request) -> Fill:
    """When notices are sent that may wait, and when a balance is low."""
    policy = policies.of(request.organization)

    def save(form: PolicyForm) -> str:
        policies.save(organization=request.organization, by=request.staff, policy=_typed(form))
        saving.toast(request, _("The hours are saved."))
        return url(request, "notices_hours")

    return Fill(
        PolicyForm,
        title=_("Hours and reminders"),
        crumbs=[(_("Notices"), url(request, "notices"))],
        button=_("Save"),
        back=url(request, "notices"),
        initial={name: getattr(policy, name) for name in ("hour_from", "hour_until", "low_minor", "low_days")},
        save=save,
        template="console/notices/hours.html",
        more={
            "low_url": url(request, "notices_low"),
            "is_low_on": bool(texts.of(request.organization).channels(LOW_BALANCE)),
        },
    )


@page("notices/low/", "notices_low", see="settings")
def low(request: Request) -> HttpResponse:
    """How many would be told this evening that their balance is low. It may take a while, and the page does not wait for it."""
    policy = policies.of(request.organization)
    found = reminders.low(request.organization, policy, clock.now()).values_list("pk", flat=True)
    number = len(found[: COUNTED + 1])
    # A script puts it into the page of hours; by the link it is a page.
    template = "console/notices/low.html" if request.headers.get("HX-Request") else "console/notices/evening.html"
    return render(request, template, {"number": min(number, COUNTED), "more": number > COUNTED})


def _fetch(channel: str, code: str) -> Notice:
    notice = list_of_notices.NOTICES.get(code)
    if notice is None or channel not in notice.texts:
        raise Http404
    return notice


def _ways(wording: Wording, notice: Notice) -> list[Way]:
    """How it goes out by each channel that it knows."""
    return [
        Way(
            channel.value,
            channel.label,
            wording.is_on(notice, channel),
            wording.own_text(notice, channel) is not None,
        )
        for channel in CHANNELS
        if channel in notice.texts
    ]


def _preview(request: Request, said: Said, channel: str) -> dict[str, Any]:
    """A text as a customer would read it: whoever the address asks for, or the newest one."""
    query = request.GET.get("q", "").strip()[:80]
    rows = Customer.objects.filter(organization=request.organization, deleted_at__isnull=True)
    found = list_report.found(request.organization, rows, query)[0] if query else rows.order_by("-created_at")[:1]
    customer = next(iter(found), None)
    values = places.samples(customer, request.organization)
    body = braces.fill(str(said.body), values)
    return {
        "reader": customer,
        "reader_query": query,
        "shown_subject": braces.fill(str(said.subject), values),
        "shown_body": body,
        # Amounts come with a no-break space, which is sent as a plain one.
        "size": segments.measure(body.replace("\N{NO-BREAK SPACE}", " ")) if channel == Channel.SMS else None,
    }


def _typed(form: PolicyForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("hour_from", "hour_until", "low_minor", "low_days")}

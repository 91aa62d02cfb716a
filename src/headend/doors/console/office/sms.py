"""Who carries SMS: set up, changed, tried and switched off."""

from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.doors.console.navigation import Entry
from headend.doors.console.office import carriers as office
from headend.doors.console.office.carriers import PLAIN, CarrierForm, Way, text
from headend.doors.console.pages import Request, Text, page
from headend.doors.console.saving import Fill, Form, fills
from headend.messaging import carrier_credit, carriers
from headend.messaging.gateways import http
from headend.messaging.models import Carrier, CarrierKind, Channel
from headend.messaging.setups import Setup

_TOLD: Final = ("ask_url", "ask_status", "report_reference", "report_status", "delivered", "failed")
_WRITTEN: Final = ("incoming_sender", "incoming_text", "incoming_reference")
_OPTIONS: Final[tuple[str, ...]] = (
    *("method", "headers", "body", "success", "reference", "cost"),
    *(*_TOLD, *_WRITTEN, "credit_url", "credit_at"),
)


class SMSCarrierForm(CarrierForm):
    """What every carrier of SMS is told: who we are there, and whom receivers see."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        *(("account",), ("key",), ("sender",), ("base_url",), ("credit_least",)),
    )

    account = text(gettext_lazy("Account"), 120)
    sender = text(
        gettext_lazy("Sender’s name"),
        40,
        gettext_lazy("As it is registered with the carrier: up to 11 letters and digits, or a number."),
        css="w-m",
    )
    base_url = text(
        gettext_lazy("Address"),
        300,
        gettext_lazy("Empty: where everybody reaches this carrier. Its sandbox has another."),
    )
    credit_least = forms.DecimalField(
        label=gettext_lazy("Warn when less credit is left than"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=gettext_lazy("As the carrier counts it: an amount, or a number of messages. It is asked every hour."),
        widget=forms.NumberInput(attrs={"class": "w-s", "step": "any"}),
    )


class AfricasTalkingForm(SMSCarrierForm):
    """Africa's Talking."""

    account = text(gettext_lazy("Username"), 120, gettext_lazy("Of the app that the key is of."), required=True)


class TwilioForm(SMSCarrierForm):
    """Twilio: without a sender it takes nothing."""

    account = text(gettext_lazy("Account SID"), 120, required=True)
    sender = text(
        gettext_lazy("Sender"),
        40,
        gettext_lazy("A number of yours with +, a name, or the SID of a messaging service."),
        css="mono w-l",
        required=True,
    )


class BulkSMSForm(SMSCarrierForm):
    """BulkSMS."""

    account = text(gettext_lazy("Token ID"), 120, gettext_lazy("The key is the secret of the token."), required=True)


class HTTPCarrierForm(SMSCarrierForm):
    """Any carrier that takes a message by one HTTP request."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        *(("name",), ("account",), ("key",), ("sender",)),
        *(("method", "base_url"), ("headers",), ("body",), ("success",), ("reference", "cost")),
        *(("report_reference", "report_status"), ("ask_url", "ask_status"), ("delivered", "failed")),
        *(("incoming_sender", "incoming_text"), ("incoming_reference",)),
        *(("credit_url", "credit_at"), ("credit_least",)),
    )

    name = text(gettext_lazy("Name"), 60, css="w-m", required=True)
    base_url = text(gettext_lazy("Address"), 300, required=True)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=[("POST", "POST"), ("GET", "GET"), ("PUT", "PUT")])
    headers = forms.CharField(
        label=gettext_lazy("Headers"),
        max_length=1000,
        required=False,
        help_text=gettext_lazy("One in a line. Content-Type says whether the body is JSON or a form."),
        widget=forms.Textarea(attrs={"class": "mono w-l", "rows": 3, **PLAIN}),
    )
    body = forms.CharField(
        label=gettext_lazy("Body"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy(
            "With {to} or {digits} (the number with and without +), {text}, {sender}, {account}, {key}, {basic} and {id}."
        ),
        widget=forms.Textarea(attrs={"class": "mono w-l", "rows": 5, **PLAIN}),
    )
    success = text(
        gettext_lazy("A message was taken where"),
        120,
        gettext_lazy(
            "A place in the answer and what stands there: messages.0.accepted = true. Empty: where the status is 2xx."
        ),
    )
    reference = text(
        gettext_lazy("The carrier’s id stands at"), 120, gettext_lazy("A place in the answer: messages.0.id.")
    )
    cost = text(gettext_lazy("Its price stands at"), 120, gettext_lazy("A place in the answer too, where it tells."))
    report_reference = text(
        gettext_lazy("In a report, the id stands at"), 120, gettext_lazy("Where the carrier sends reports of delivery.")
    )
    report_status = text(gettext_lazy("In a report, the status stands at"), 120)
    ask_url = text(
        gettext_lazy("Ask for a report at"),
        300,
        gettext_lazy("Where it sends none. With {reference}, the carrier’s id; {key}, {account} and {basic} as above."),
    )
    ask_status = text(gettext_lazy("The status stands there at"), 120)
    delivered = text(gettext_lazy("Statuses that mean delivered"), 200, gettext_lazy("With commas between."))
    failed = text(
        gettext_lazy("Statuses that mean failed"), 200, gettext_lazy("Any other means that it is on its way.")
    )
    incoming_sender = text(
        gettext_lazy("In a reply, the number stands at"), 120, gettext_lazy("What people write back to you.")
    )
    incoming_text = text(gettext_lazy("In a reply, the text stands at"), 120)
    incoming_reference = text(gettext_lazy("In a reply, its id stands at"), 120)
    credit_url = text(gettext_lazy("Ask for credit at"), 300)
    credit_at = text(gettext_lazy("Credit stands there at"), 120)


class TrialForm(Form):
    """Where a test message goes."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("to",),)

    to = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=40,
        help_text=gettext_lazy("Yours: the carrier asks its price for the message."),
        widget=forms.TextInput(attrs={"type": "tel", "class": "w-m", "autocomplete": "tel"}),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A carrier that can be set up."""

    label: Text
    form: type[SMSCarrierForm]
    kind: str
    initial: dict[str, str]


WAY: Final = Way(
    Channel.SMS,
    gettext_lazy("SMS"),
    gettext_lazy("Your carrier"),
    "carrier",
    TrialForm,
    gettext_lazy("Nobody gets receipts and codes by SMS then, and what waits to be sent fails. The key is kept."),
)


@page("sms/", "carrier", see="settings", rail=Entry("organization", gettext_lazy("SMS"), "smartphone", 4))
def show(request: Request) -> HttpResponse:
    """The carrier of SMS, or which ones there are to choose from."""
    carrier = WAY.kept(request)
    more = {} if carrier is None else {"own": _own(carrier), **_telling(carrier)}
    return office.show(request, WAY, "console/carrier.html", {"choices": _choices(), **more})


@sensitive_post_parameters("key")
@fills("sms/edit/", "carrier_edit", do="settings")
def edit(request: Request) -> Fill | HttpResponse:
    """Sets a carrier up, or changes it; `kind` in the address says which one, else one that nobody knows here."""
    choice = _choices().get(request.GET.get("kind", CarrierKind.HTTP))
    if choice is None:
        return HttpResponseRedirect(WAY.back(request))
    initial = {**choice.initial, **_present(WAY.kept(request), choice)}
    return office.edit(request, WAY, choice.form, title=choice.label, initial=initial, setup=partial(_setup, choice))


@fills("sms/test/", "carrier_test", do="settings")
def test(request: Request) -> Fill | HttpResponse:
    """*Send a test message*."""
    return office.test(request, WAY)


@fills("sms/off/", "carrier_off", do="settings")
def switch_off(request: Request) -> Fill | HttpResponse:
    """Sends nothing by SMS any more."""
    return office.switch_off(request, WAY)


@page("sms/on/", "carrier_on", do="settings")
def switch_on(request: Request) -> HttpResponse:
    """Sends by SMS again."""
    return office.switch_on(request, WAY)


def _choices() -> dict[str, Choice]:
    forms_of = {
        CarrierKind.AFRICASTALKING: AfricasTalkingForm,
        CarrierKind.TWILIO: TwilioForm,
        CarrierKind.BULKSMS: BulkSMSForm,
    }
    return {
        **{kind.value: Choice(kind.label, form, kind, {}) for kind, form in forms_of.items()},
        **{
            name: Choice(
                preset.name,
                HTTPCarrierForm,
                CarrierKind.HTTP,
                {"name": preset.name, "base_url": preset.base_url, **preset.options},
            )
            for name, preset in http.PRESETS.items()
        },
        "http": Choice(CarrierKind.HTTP.label, HTTPCarrierForm, CarrierKind.HTTP, {"method": "POST"}),
    }


def _own(carrier: Carrier) -> str:
    """Which choice the carrier is; empty for the practice one, which nobody sets up here."""
    return next(
        (name for name, choice in _choices().items() if choice.kind == carrier.kind and _is(carrier, choice)), ""
    )


def _telling(carrier: Carrier) -> dict[str, Any]:
    """Where the carrier tells us of messages, what to do there for it, and whether its credit ends."""
    options = carrier.options
    asked = http.can_be_asked(options)
    is_described = bool(options.get("report_status") or options.get("incoming_text"))
    return {
        "report_url": carriers.report_url(carrier) if carrier.kind in _HOW or is_described else "",
        "how": _HOW.get(carrier.kind, _HOW_OTHERS),
        "is_asked": asked,
        "is_undescribed": carrier.kind == CarrierKind.HTTP and not (asked or is_described),
        "is_public": carriers.is_public(),
        "is_short": carrier_credit.is_short(carrier),
    }


_HOW: Final[dict[str, Text]] = {
    CarrierKind.AFRICASTALKING: gettext_lazy(
        "In Africa’s Talking, open SMS, then SMS Callback URLs, and paste it under Delivery Reports and under Incoming Messages."
    ),
    CarrierKind.TWILIO: gettext_lazy(
        "Reports come by themselves. For replies, open your number in Twilio, and under A message comes in choose Webhook and HTTP POST and paste it."
    ),
    CarrierKind.BULKSMS: gettext_lazy(
        "In BulkSMS, open Settings, then Webhooks, and make two with it: one for sent messages and one for received ones."
    ),
}
_HOW_OTHERS: Final = gettext_lazy("Give it to the carrier as the address for delivery reports, and for replies.")


def _is(carrier: Carrier, choice: Choice) -> bool:
    """A description whose name somebody has changed is one of his own."""
    return choice.initial.get("name", carrier.name) == carrier.name


def _setup(choice: Choice, form: SMSCarrierForm) -> Setup:
    given = form.cleaned_data
    options = {name: given[name].replace("\r\n", "\n") for name in _OPTIONS if name in given}
    told = {name: given[name] for name in ("base_url", "account", "key", "sender")}
    least = given["credit_least"]
    return Setup(choice.kind, name=given.get("name", ""), options=options, credit_least=least, **told)


def _present(carrier: Carrier | None, choice: Choice) -> dict[str, Any]:
    """The carrier that is set up already, if this is its form; its key stays hidden."""
    if carrier is None or carrier.kind != choice.kind or not _is(carrier, choice):
        return {}
    names = ("name", "base_url", "account", "sender", "credit_least")
    return {**{name: getattr(carrier, name) for name in names}, **carrier.options, "is_kept": True}

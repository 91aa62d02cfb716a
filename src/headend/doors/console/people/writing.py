"""*Message*: to one customer from their page, and to the first of the list, who are named before it is sent."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.customers.models import Customer
from headend.doors.console import pages, saving
from headend.doors.console.pages import Request, page, render, url
from headend.doors.console.people.customers import look
from headend.doors.console.saving import Form
from headend.lib import ids, segments
from headend.messaging import letters
from headend.messaging import writing as verbs
from headend.messaging.letters import Letter
from headend.messaging.models import Channel, LeadsTo

_LARGEST: Final = 2**63 - 1
_NOTE: Final = gettext_lazy("{first_name}, {name} and {account} become what they are of each customer.")


class LetterForm(Form):
    """What is written, and where its short address leads."""

    demanded: ClassVar[tuple[str, ...]] = ("leads_to",)

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=letters.TEXT_LONGEST,
        help_text=_NOTE,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    leads_to = forms.ChoiceField(
        label=gettext_lazy("Short URL to"),
        choices=LeadsTo.choices,
        initial=LeadsTo.PORTAL,
        required=False,
        help_text=gettext_lazy("One for each receiver, where {link} stands."),
    )
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Where another address leads, with https://."),
        widget=forms.TextInput(attrs={"class": "w-l", "inputmode": "url", "autocomplete": "off"}),
    )
    subject = forms.CharField(
        label=gettext_lazy("Subject"),
        max_length=letters.SUBJECT_LONGEST,
        required=False,
        help_text=gettext_lazy("Of the e-mail."),
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, channels: list[Channel], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if Channel.EMAIL not in channels:
            del self.fields["subject"]

    @property
    def letter(self) -> Letter:
        """What is typed so far, whether it can be sent or not."""
        typed = {
            name: str(self[name].value() or "")
            for name in ("text", "leads_to", "address", "subject")
            if name in self.fields
        }
        text = typed["text"].replace("\r\n", "\n").strip()
        return Letter(text, typed.get("subject", ""), typed["leads_to"] or LeadsTo.PORTAL, typed["address"].strip())


class OneForm(LetterForm):
    """The same to one customer, wherever it is typed that it goes."""

    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Empty: no SMS is sent."),
        widget=forms.TextInput(attrs={"type": "tel", "class": "w-m", "autocomplete": "off"}),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Empty: no e-mail is sent."),
        widget=forms.TextInput(attrs={"inputmode": "email", "class": "w-l", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, channels: list[Channel], **kwargs: Any) -> None:
        super().__init__(*args, channels=channels, **kwargs)
        for channel, name in ((Channel.SMS, "phone"), (Channel.EMAIL, "email")):
            if channel not in channels:
                del self.fields[name]


class ListedForm(LetterForm):
    """The same to those of a list that the page has named."""

    to = forms.CharField(widget=forms.HiddenInput, max_length=300)


@dataclass(frozen=True, slots=True)
class Line:
    """One receiver as the page names them: where it goes, and how many SMS it takes."""

    customer: Customer
    phone: str
    email: str
    parts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would be sent: to whom, and its text as the first of them would get it."""

    lines: list[Line]
    text: str
    size: segments.Size

    @property
    def parts(self) -> int:
        """All SMS that it takes."""
        return sum(line.parts for line in self.lines if line.phone)


@page("customers/<int:pk>/message/", "customer_message", see="customers.see", do="customers.see")
def to_one(request: Request, pk: int) -> HttpResponse:
    """*Message* on the customer's page: address and number are filled in, and can be others."""
    customer = pages.fetch_customer(request, pk)
    channels = verbs.carried(request.organization)
    start: dict[str, Any] = {"phone": customer.phone, "email": customer.email}
    form = _form(request, OneForm, channels, start)

    def save(form: OneForm) -> str:
        by = request.POST["by"]
        sent = {name: form.cleaned_data.get(name, "") for name in ("phone", "email")}
        if by in Channel.values:
            # The other one stays unsent, whatever stands there.
            sent["email" if by == Channel.SMS else "phone"] = ""
        verbs.send(customer=customer, letter=form.letter, key=saving.key_of(form, customer), by=request.staff, **sent)
        saving.toast(request, _("The message is on its way to %(name)s.") % {"name": customer.name})
        return url(request, "customer", customer.pk)

    place = _sent(request, form, save)
    if place:
        return HttpResponseRedirect(place)
    shown = {
        "customer": customer,
        "title": _("Message to %(name)s") % {"name": customer.name},
        "back": url(request, "customer", customer.pk),
        "crumbs": [(_("Customers"), url(request, "customers")), (customer.name, url(request, "customer", customer.pk))],
    }
    return _page(request, form, channels, [customer], **shown)


@page("customers/message/", "customers_message", see="customers.see", do="customers.see")
def to_listed(request: Request) -> HttpResponse:
    """*Message* on the list: to the first ten of it, as it is searched and sorted."""
    back = f"{url(request, 'customers')}?{request.GET.urlencode()}"
    if request.method == "POST":
        listed = _named(request, request.POST.get("to", ""))
    else:
        listed = [customer for customer in look(request).cut.rows if customer.deleted_at is None][: verbs.LISTED_MOST]
    channels = verbs.carried(request.organization)
    form = _form(request, ListedForm, channels, {"to": ",".join(str(customer.pk) for customer in listed)})

    def save(form: ListedForm) -> str:
        channel = Channel.EMAIL if request.POST.get("by") == Channel.EMAIL else Channel.SMS
        key = form.cleaned_data["form_token"] or ids.token()
        sent = verbs.send_to_listed(
            organization=request.organization,
            listed=listed,
            letter=form.letter,
            channel=channel,
            key=key,
            by=request.staff,
        )
        told = ngettext(
            "The message is on its way to %(number)s customer.",
            "The message is on its way to %(number)s customers.",
            sent,
        )
        saving.toast(request, told % {"number": sent})
        return back

    place = _sent(request, form, save)
    if place:
        return HttpResponseRedirect(place)
    shown = {
        "title": _("Message to customers"),
        "back": back,
        "crumbs": [(_("Customers"), back)],
        "most": verbs.LISTED_MOST,
    }
    return _page(request, form, channels, listed, **shown)


def _named(request: Request, typed: str) -> list[Customer]:
    """Those whom the page has named, in their order; 404 where one of them is none of ours."""
    pks = [int(part) for part in typed.split(",") if part.isascii() and part.isdigit()]
    pks = list(dict.fromkeys(pk for pk in pks if pk <= _LARGEST))
    if len(pks) > verbs.LISTED_MOST:
        raise Http404
    rows = request.organization.customer_set.select_related("organization").in_bulk(pks)
    if len(rows) < len(pks):
        raise Http404
    return [rows[pk] for pk in pks]


def _form(request: Request, form_class: type[LetterForm], channels: list[Channel], start: dict[str, Any]) -> Any:
    """The form as it was sent; what was sent by a side button is not looked at yet."""
    if request.method != "POST":
        return form_class(organization=request.organization, channels=channels, initial=start)
    if _is_asked(request):
        typed = request.POST.dict()
        if typed.get("generate") == "link" and letters.LINK not in str(typed.get("text", "")):
            typed["text"] = f"{typed.get('text', '')} {letters.LINK}".strip()
        return form_class(organization=request.organization, channels=channels, initial=typed)
    return form_class(request.POST, organization=request.organization, channels=channels, initial=start)


def _is_asked(request: Request) -> bool:
    """Whether it is to be sent by nothing yet: somebody looks what it would be, or has something put in."""
    return "by" not in request.POST


def _sent(request: Request, form: Any, save: Any) -> str:
    """Where to go after it was sent; empty where it was not."""
    if request.method != "POST" or _is_asked(request):
        return ""
    return saving.saved(request, form, save, once=True) or ""


def _page(request: Request, form: Any, channels: list[Channel], listed: list[Customer], **shown: Any) -> HttpResponse:
    outcome = _outcome(form, channels, listed)
    context = {"outcome": outcome, "organization": request.organization, **shown}
    if "preview" in request.POST:
        return django_render(request, "console/writing/outcome.html", context)
    more = {
        "form": form,
        "by_sms": Channel.SMS in channels,
        "by_email": Channel.EMAIL in channels,
        "is_gone": bool(shown.get("customer") and shown["customer"].deleted_at),
    }
    return render(request, "console/writing/page.html", {**context, **more}, status=400 if form.errors else 200)


def _outcome(form: Any, channels: list[Channel], listed: list[Customer]) -> Outcome:
    """To whom it would go, as it is typed so far."""
    letter = form.letter
    is_one = isinstance(form, OneForm)
    lines = []
    for customer in listed:
        phone = str(form["phone"].value() or "") if is_one and "phone" in form.fields else customer.phone
        email = str(form["email"].value() or "") if is_one and "email" in form.fields else customer.email
        lines.append(
            Line(
                customer,
                phone if Channel.SMS in channels else "",
                email if Channel.EMAIL in channels else "",
                letters.parts(letter, customer),
            )
        )
    text = letters.sample(letter, listed[0]) if listed else ""
    return Outcome(lines, text, segments.measure(text))

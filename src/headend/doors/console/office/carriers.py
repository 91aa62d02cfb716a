"""What the pages of all channels have: a carrier is shown, tried, switched off and on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.doors.console import saving
from headend.doors.console.pages import Request, Text, render, url
from headend.doors.console.saving import Fill, Form
from headend.lib import clock, ids
from headend.messaging import carriers, trials
from headend.messaging.models import Carrier
from headend.messaging.setups import Setup
from headend.ui.forms import Secret

PLAIN: Final = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as its pages speak of it. `place` is its page; those of its forms are called like it. `off` is what follows when it is off."""

    channel: str
    name: Text
    # What the organization has of it.
    own: Text
    place: str
    trial: type[Form]
    off: Text

    @property
    def pages(self) -> dict[str, str]:
        """Its pages, by what they are for."""
        return {"show": f"console:{self.place}"} | {
            deed: f"console:{self.place}_{deed}" for deed in ("edit", "test", "on", "off")
        }

    def kept(self, request: Request) -> Carrier | None:
        """The organization's carrier, also one that is switched off."""
        return carriers.kept_of(request.organization, self.channel)

    def back(self, request: Request) -> str:
        return url(request, self.place)


class CarrierForm(Form):
    """What every carrier is told: who we are there. `is_kept` among the initial values says that there is a key already."""

    key_help: ClassVar[Text] = gettext_lazy("Kept sealed and never shown again.")

    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=200, required=False, strip=False, help_text="", widget=Secret()
    )
    needs_key: ClassVar[bool] = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key, is_kept = self.fields["key"], bool(self.initial.get("is_kept"))
        key.required = self.needs_key and not is_kept
        stays = _("Empty: the present one stays.") if is_kept else ""
        key.help_text = f"{self.key_help} {stays}".strip()


def text(
    label: Any, most: int, help_text: Any = "", *, css: str = "mono w-l", required: bool = False
) -> forms.CharField:
    """A field for what is copied from a carrier."""
    widget = forms.TextInput(attrs={"class": css, **PLAIN})
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text, widget=widget)


def show(request: Request, way: Way, template: str, more: dict[str, Any]) -> HttpResponse:
    """The carrier of a channel, and how the last test message went."""
    carrier = way.kept(request)
    trial = trials.last(carrier) if carrier else None
    paused_until = carrier.paused_until if carrier else None
    shown = {"way": way, "pages": way.pages, "carrier": carrier, "trial": trial}
    if paused_until and paused_until > clock.now():
        shown["paused_until"] = paused_until
    return render(request, template, {**shown, **more})


def edit(
    request: Request,
    way: Way,
    form: type[CarrierForm],
    *,
    title: Text,
    initial: dict[str, Any],
    setup: Callable[[Any], Setup],
) -> Fill:
    """Sets a carrier up, or changes it."""

    def save(filled: CarrierForm) -> str:
        carriers.set_up(organization=request.organization, setup=setup(filled), by=request.staff)
        saving.toast(request, _("It is set up. Send a test message."))
        return way.back(request)

    return Fill(
        form,
        title=title,
        crumbs=[(way.name, way.back(request))],
        button=_("Save"),
        back=way.back(request),
        initial=initial,
        save=save,
        once=True,
    )


def test(request: Request, way: Way) -> Fill | HttpResponse:
    """*Send a test message*."""
    if carriers.of(request.organization, way.channel) is None:
        return HttpResponseRedirect(way.back(request))

    def save(form: Form) -> str:
        key = form.cleaned_data["form_token"] or ids.token()
        trials.send(
            organization=request.organization,
            channel=way.channel,
            to=form.cleaned_data["to"],
            key=key,
            by=request.staff,
        )
        return way.back(request)

    return Fill(
        way.trial,
        title=_("Send a test message"),
        crumbs=[(way.name, way.back(request))],
        button=_("Send"),
        back=way.back(request),
        save=save,
        once=True,
    )


def switch_off(request: Request, way: Way) -> Fill | HttpResponse:
    """Sends nothing by the channel any more."""
    carrier = carriers.of(request.organization, way.channel)
    if carrier is None:
        return HttpResponseRedirect(way.back(request))

    def save(form: Form) -> str:
        carriers.switch(carrier=carrier, is_on=False, by=request.staff)
        saving.toast(request, _("%(channel)s is switched off.") % {"channel": way.name})
        return way.back(request)

    return Fill(
        Form,
        title=_("Switch %(channel)s off?") % {"channel": way.name},
        about=way.off,
        crumbs=[(way.name, way.back(request))],
        button=_("Switch off"),
        back=way.back(request),
        save=save,
    )


def switch_on(request: Request, way: Way) -> HttpResponse:
    """Sends by the channel again."""
    carrier = way.kept(request)
    if carrier is not None:
        carriers.switch(carrier=carrier, is_on=True, by=request.staff)
        saving.toast(request, _("%(channel)s is switched on.") % {"channel": way.name})
    return HttpResponseRedirect(way.back(request))

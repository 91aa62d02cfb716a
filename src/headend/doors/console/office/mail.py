"""The mail server: set up, changed, tried and switched off."""

from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django import forms
from django.http import HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.doors.console.navigation import Entry
from headend.doors.console.office import carriers as office
from headend.doors.console.office.carriers import CarrierForm, Way, text
from headend.doors.console.pages import Request, Text, page
from headend.doors.console.saving import Fill, Form, fills
from headend.messaging import setups
from headend.messaging.gateways import smtp
from headend.messaging.models import Carrier, CarrierKind, Channel
from headend.messaging.setups import Setup

SECURITIES: Final[dict[str, Text]] = {
    smtp.STARTTLS: "STARTTLS",
    smtp.TLS: "TLS",
    smtp.PLAIN: gettext_lazy("none"),
}
_OPTIONS: Final = ("from_name", "from_address", "reply_to")


class MailServerForm(CarrierForm):
    """Where the mail server is, who we are there, and whom receivers see."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        *(("server", "port"), ("security",), ("account",), ("key",)),
        *(("from_name",), ("from_address",), ("reply_to",)),
    )
    # A server may take mail from whom it does not know.
    needs_key: ClassVar[bool] = False
    key_help: ClassVar[Text] = gettext_lazy(
        "Some have passwords of their own for programs. Kept sealed and never shown again."
    )

    server = text(gettext_lazy("Mail server"), 253, gettext_lazy("Its name, such as smtp.example.com."), required=True)
    port = forms.IntegerField(
        label=gettext_lazy("Port"),
        min_value=1,
        max_value=65535,
        required=False,
        help_text=gettext_lazy("Empty: the usual one."),
        widget=forms.NumberInput(attrs={"class": "w-s"}),
    )
    security = forms.ChoiceField(
        label=gettext_lazy("Security"),
        choices=[(name, format_lazy("{} ({})", label, smtp.PORTS[name])) for name, label in SECURITIES.items()],
        help_text=gettext_lazy("In brackets the port that goes with it."),
    )
    account = text(
        gettext_lazy("Login"), 120, gettext_lazy("Often your whole e-mail address. Empty: the server asks for none.")
    )
    from_name = text(gettext_lazy("From: name"), 80, css="w-m", required=True)
    from_address = text(
        gettext_lazy("From: e-mail address"), 254, gettext_lazy("One that may be sent from there."), required=True
    )
    reply_to = text(
        gettext_lazy("Answers go to"),
        254,
        gettext_lazy("An e-mail address that somebody reads; it stands below each mail. Empty: the one above."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].label = gettext_lazy("Password")


class MailTrialForm(Form):
    """Where a test message goes."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("to",),)

    to = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        help_text=gettext_lazy("Yours. Look among the spam too."),
        widget=forms.EmailInput(attrs={"class": "w-m", "autocomplete": "email"}),
    )


WAY: Final = Way(
    Channel.EMAIL,
    gettext_lazy("E-mail"),
    gettext_lazy("Your mail server"),
    "mail_server",
    MailTrialForm,
    gettext_lazy("Nobody gets e-mail then, and what waits to be sent fails. The password is kept."),
)


@page("e-mail/", "mail_server", see="settings", rail=Entry("organization", gettext_lazy("E-mail"), "mail", 5))
def show(request: Request) -> HttpResponse:
    """The mail server, if there is one."""
    carrier = WAY.kept(request)
    more = {}
    if carrier is not None:
        place = urlsplit(carrier.base_url)
        more = {"host": place.hostname, "port": place.port, "security": SECURITIES[place.scheme]}
        more["is_own"] = _is_own(carrier)
    return office.show(request, WAY, "console/mail_server.html", more)


@sensitive_post_parameters("key")
@fills("e-mail/edit/", "mail_server_edit", do="settings")
def edit(request: Request) -> Fill | HttpResponse:
    """Sets a mail server up, or changes it."""
    initial = {"security": smtp.STARTTLS, "from_name": request.organization.name, **_present(WAY.kept(request))}
    return office.edit(request, WAY, MailServerForm, title=gettext_lazy("Mail server"), initial=initial, setup=_setup)


@fills("e-mail/test/", "mail_server_test", do="settings")
def test(request: Request) -> Fill | HttpResponse:
    """*Send a test message*."""
    return office.test(request, WAY)


@fills("e-mail/off/", "mail_server_off", do="settings")
def switch_off(request: Request) -> Fill | HttpResponse:
    """Sends no e-mail any more."""
    return office.switch_off(request, WAY)


@page("e-mail/on/", "mail_server_on", do="settings")
def switch_on(request: Request) -> HttpResponse:
    """Sends e-mail again."""
    return office.switch_on(request, WAY)


def _setup(form: MailServerForm) -> Setup:
    given = form.cleaned_data
    told = {name: given[name] for name in ("server", "port", "security", "account", "key")}
    return setups.mail_server(**told, options={name: given[name] for name in _OPTIONS})


def _present(carrier: Carrier | None) -> dict[str, Any]:
    """The mail server that is set up already; its password stays hidden."""
    if carrier is None or not _is_own(carrier):
        return {}
    place = urlsplit(carrier.base_url)
    present = {"server": place.hostname, "port": place.port, "security": place.scheme, "account": carrier.account}
    return {**present, **carrier.options, "is_kept": carrier.account != ""}


def _is_own(carrier: Carrier) -> bool:
    """Nobody sets the practice one up here."""
    return carrier.kind == CarrierKind.SMTP

"""*Add Customer* and *Add package*: what they get, its charges and its payment, in one form; and starting it later."""

from collections.abc import Collection
from typing import Any, ClassVar, Final, cast

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import subscriptions
from headend.access.models import ConnectionType, Subscription
from headend.access.rules import person_lacks
from headend.billing import buyers, purchases, signups
from headend.billing.models import Purchase
from headend.customers import account_numbers, customers
from headend.customers.models import Customer
from headend.customers.rules import split_name
from headend.doors.console import pages, saving
from headend.doors.console.pages import Request, may, page, render, url
from headend.doors.console.people.charges import FurtherForm, Outcome, SignupForm
from headend.doors.console.people.customers import CustomerForm
from headend.doors.console.saving import Act, asks
from headend.lib import ids
from headend.lib.refused import Refused
from headend.messaging import welcomes
from headend.ui.templatetags import show

_LONGEST: Final = 80


class PersonForm(CustomerForm):
    """Who is added. The name is typed in one box, and kept apart."""

    first_name = None  # type: ignore[assignment]  # Django's way to leave a field of the base out
    last_name = None  # type: ignore[assignment]  # the same

    demanded: ClassVar[tuple[str, ...]] = ("full_name", "phone")
    beside: ClassVar[dict[str, str]] = {"first_name": "full_name"}
    layout: ClassVar[tuple[tuple[str, ...], ...]] = ()

    full_name = forms.CharField(
        label=gettext_lazy("Full Name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    add_extra_account_number = forms.BooleanField(
        label=gettext_lazy("Add Additional Account Number"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "opens"}),
        help_text=gettext_lazy("A second number to pay by, for example one from another paybill."),
    )

    no_mobile = forms.BooleanField(
        label=gettext_lazy("No mobile of their own, or another phone besides"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "opens"}),
        help_text=gettext_lazy(
            "Without a mobile number they get no SMS and no request to pay on the phone, and cannot sign in to the portal by phone."
        ),
    )

    send_credentials = forms.BooleanField(
        label=gettext_lazy("Send credentials via email"),
        required=False,
        help_text=gettext_lazy(
            "A welcome with your logo: account number, the address of the portal, the login and its password. Nobody can read the password later."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].label = gettext_lazy("Phone Number")
        self.fields["phone"].help_text = ""
        self.fields["email"].label = gettext_lazy("Email")
        # Said beside the tick that opens it.
        self.fields["extra_account_number"].help_text = ""

    def values(self) -> dict[str, Any]:
        """What the verbs take."""
        values = super().values()
        del values["add_extra_account_number"], values["no_mobile"], values["send_credentials"]
        first_name, last_name = split_name(values.pop("full_name"))
        return {**values, "first_name": first_name, "last_name": last_name}

    def clean(self) -> dict[str, Any]:
        """What was typed before its tick was taken off is not seen any more."""
        values, lacks = self.cleaned_data, self._lacks()
        if "name" in lacks:
            self.add_error("full_name", gettext_lazy("Give the full name, or a company."))
        if "phone" in lacks and "phone" not in self.errors:
            self.add_error(
                "phone", gettext_lazy("Give the phone number. Without a mobile of their own, tick it below.")
            )
        if values["send_credentials"] and "email" not in self.errors:
            self._refuse_welcome(values["email"])
        if not values["no_mobile"]:
            values["contact_phone"] = ""
        if not values["add_extra_account_number"]:
            values["extra_account_number"] = ""
        elif not values.get("extra_account_number") and "extra_account_number" not in self.errors:
            self.add_error("extra_account_number", gettext_lazy("Type a number, or press Generate."))
        return values

    def _refuse_welcome(self, email: str) -> None:
        try:
            welcomes.refuse_to(organization=self.organization, email=email)
        except Refused as refused:
            self.refuse(refused)

    @property
    def has_more(self) -> bool:
        """Whether something stands in the part of the form that is folded away."""
        return any(self[name].errors or self[name].value() for name in ("company", "site", "account_expires_on"))

    def _lacks(self) -> Collection[str]:
        kind, values = self.data.get("connection_type"), self.cleaned_data
        if kind not in ConnectionType.values:
            # The package is to wait.
            return ()
        name = values.get("full_name") or values.get("company") or ""
        return person_lacks(kind, name=name, phone=values.get("phone", ""), has_no_mobile=values["no_mobile"])


def fetch(request: Request, pk: int) -> Subscription:
    """A package of the organization; 404 for any other."""
    return pages.fetch(request.organization.subscription_set.select_related("organization", "customer", "plan"), pk)


@sensitive_post_parameters("password", "password_meant")
@page("customers/add/", "customer_add", see="customers.edit", do="customers.edit")
def add(request: Request) -> HttpResponse:
    """A new customer, with a first package unless it is to wait."""
    if request.method == "POST" and ("generate" in request.POST or "preview" in request.POST):
        return _refilled(request)
    sent = request.POST if request.method == "POST" else None
    start = {"group": request.organization.group_set.filter(is_default=True).first()}
    person = PersonForm(sent, organization=request.organization, initial=cast(Any, start))
    package = _package_form(request, sent, initial={"password": ids.password()})
    if request.method == "POST":
        place = _sign_up(request, person, package)
        if place is not None:
            return HttpResponseRedirect(place or url(request, "customers"))
    return _form(request, person, package)


@sensitive_post_parameters("password", "password_meant")
@page("customers/<int:pk>/subscriptions/add/", "subscription_add", see="customers.edit", do="customers.edit")
def further(request: Request, pk: int) -> HttpResponse:
    """*Add package*: a further one of a customer, charged as the first one is."""
    customer = pages.fetch_customer(request, pk)

    def form_of(sent: Any, **options: Any) -> FurtherForm:
        return FurtherForm(sent, customer=customer, may_give=may(request, "packages.free"), **options)

    if request.method == "POST" and ("generate" in request.POST or "preview" in request.POST):
        made = {"username": subscriptions.suggest_username(customer=customer)} if "username" in _asked(request) else {}
        form = form_of(None, initial={**request.POST.dict(), **made})
        if "preview" in request.POST:
            shown = {"organization": request.organization, "outcome": form.outcome}
            return django_render(request, "console/customers/outcome.html", shown)
        return _further_page(request, customer, form)
    if request.method == "POST":
        form = form_of(request.POST)
        place = _add_further(request, customer, form)
        if place is not None:
            return HttpResponseRedirect(place or url(request, "customer", pk))
        return _further_page(request, customer, form)
    start = {"username": subscriptions.suggest_username(customer=customer), "password": ids.password()}
    return _further_page(request, customer, form_of(None, initial=start))


@asks("subscriptions/<int:pk>/start/", "subscription_start", do="money.take", of=fetch)
def start(request: Request, subscription: Subscription) -> Act:
    """Activates what was charged when its customer signed up."""

    def run(form: saving.Form) -> str:
        signups.start(subscription=subscription, by=request.staff)
        return _("%(plan)s is active.") % {"plan": subscription.plan_name}

    is_charged = purchases.charged_ahead(customer=subscription.customer).filter(pk=subscription.pk).exists()
    what = {"name": subscription.customer.name, "validity": show.validity(subscription)}
    says = [
        _("%(name)s can connect at once, for %(validity)s from now.") % what,
        _("The first period was charged when the customer was added: nothing more is taken."),
    ]
    why_not = saving.refusal_of(request.organization, lambda: buyers.refuse_expired(subscription.customer))
    if not is_charged:
        says = [_("It runs already, or nothing was charged for it yet.")]
    return Act(
        title=_("Activate %(plan)s?") % {"plan": subscription.plan_name},
        says=[why_not] if why_not else says,
        button=_("Activate") if is_charged and not why_not else "",
        icon="calendar-plus",
        harm=False,
        back=f"{url(request, 'customer', subscription.customer_id)}#packages",
        run=run,
    )


def _refilled(request: Request) -> HttpResponse:
    """The form as it was sent, not looked at yet: with what *Generate* was pressed for, or only what would happen."""
    asked, number, username = _asked(request), {}, {}
    if asked == "extra_account_number":
        number = {asked: account_numbers.suggest(organization=request.organization)}
    elif asked == "username":
        username = {asked: _suggestion(request)}
    person = saving.refilled(request, PersonForm, number)
    package = _package_form(request, None, initial={**request.POST.dict(), **username})
    if "preview" in request.POST:
        shown = {"organization": request.organization, **_outcome(person, package)}
        return django_render(request, "console/customers/outcome.html", shown)
    return _form(request, person, package)


def _asked(request: Request) -> str:
    """Which side button was pressed, if any."""
    return request.POST.get("generate", "")


def _package_form(request: Request, sent: Any, **options: Any) -> SignupForm:
    return SignupForm(sent, organization=request.organization, may_give=may(request, "packages.free"), **options)


def _further_page(request: Request, customer: Customer, form: FurtherForm) -> HttpResponse:
    place = url(request, "customer", customer.pk)
    context = {
        "package": form,
        "customer": customer,
        "back": place,
        "crumbs": [(_("Customers"), url(request, "customers")), (customer.name, place)],
        "mistakes": form.mistakes,
        "missing": _missing(form),
        "outcome": form.outcome,
        "sells_not": saving.refusal_of(request.organization, lambda: buyers.refuse(customer)),
    }
    return render(request, "console/customers/package.html", context, status=400 if form.errors else 200)


def _add_further(request: Request, customer: Customer, form: FurtherForm) -> str | None:
    def save(form: FurtherForm) -> str:
        bought = signups.add_package(
            customer=customer,
            package=form.package(),
            charge=form.charge(),
            activate=form.cleaned_data["activate"] == "yes",
            key=f"package:{form.cleaned_data['form_token'] or ids.token()}",
            by=request.staff,
        )
        added = _("%(plan)s is added.") % {"plan": bought.plan_name}
        saving.toast(request, _said(added, bought, form.outcome))
        return f"{url(request, 'customer', customer.pk)}#packages"

    return saving.saved(request, form, save, once=True)


def _missing(form: SignupForm) -> list[tuple[str, Any]]:
    """The connection types of which no plan is on sale."""
    return [(kind, label) for kind, label in ConnectionType.choices if not form.is_sold[kind]]


def _form(request: Request, person: PersonForm, package: SignupForm) -> HttpResponse:
    mistakes = [*person.mistakes, *(package.mistakes if package.wanted else [])]
    context = {
        "person": person,
        "package": package,
        "back": url(request, "customers"),
        "mistakes": mistakes,
        "missing": _missing(package),
        **_outcome(person, package),
    }
    return render(request, "console/customers/add.html", context, status=400 if mistakes else 200)


def _outcome(person: PersonForm, package: SignupForm) -> dict[str, Any]:
    name = person["full_name"].value() or person["company"].value() or person["phone"].value()
    other = bool(person["no_mobile"].value())
    return {
        "outcome": package.outcome,
        "name": name or "",
        "no_mobile": other and not person["phone"].value(),
        "contact_says": person.contact_says if other else "",
    }


def _sign_up(request: Request, person: PersonForm, package: SignupForm) -> str | None:
    """Registers the customer and the package, both or neither."""
    # Both are looked at, so that everything that is to be mended is said at once.
    if not all([person.is_valid(), not package.wanted or package.is_valid()]):
        return None

    def save(form: PersonForm) -> str:
        if not package.wanted:
            customer = customers.register(organization=request.organization, by=request.staff, **form.values())
            _welcome(request, form, customer)
            saving.toast(request, _("%(name)s is added.") % {"name": customer.name})
            return url(request, "customer", customer.pk)
        bought = signups.sign_up(
            organization=request.organization,
            person=form.values(),
            package=package.package(),
            charge=package.charge(),
            activate=package.cleaned_data["activate"] == "yes",
            key=f"signup:{form.cleaned_data['form_token'] or ids.token()}",
            by=request.staff,
        )
        _welcome(request, form, bought.customer)
        saving.toast(request, _added(bought, package.outcome))
        return url(request, "customer", bought.customer_id)

    return saving.saved(request, person, save, once=True, others=(package,))


def _welcome(request: Request, form: PersonForm, customer: Customer) -> None:
    if form.cleaned_data["send_credentials"]:
        welcomes.send(customer=customer, by=request.staff)


def _added(bought: Purchase, outcome: Outcome) -> str:
    """What was done: who is added, what became of the money, and whether they can connect."""
    return _said(_("%(name)s is added.") % {"name": bought.customer.name}, bought, outcome)


def _said(first: str, bought: Purchase, outcome: Outcome) -> str:
    currency = bought.organization.currency
    amount, owed = show.money(bought.price_minor, currency), bought.price_minor - outcome.from_wallet_minor
    said = [first]
    if bought.is_free:
        said.append(_("It is given free."))
    elif bought.price_minor and outcome.is_from_balance:
        said.append(_("%(amount)s is paid from the balance.") % {"amount": amount})
    elif owed and outcome.is_owed:
        said.append(_("%(amount)s is owed.") % {"amount": show.money(owed, currency)})
    elif bought.price_minor and outcome.is_owed:
        said.append(_("%(amount)s is paid from the balance.") % {"amount": amount})
    elif bought.price_minor:
        said.append(_("%(amount)s is received: %(method)s.") % {"amount": amount, "method": outcome.method_text})
    if not outcome.activate:
        said.append(_("%(plan)s is not active yet.") % {"plan": bought.plan_name})
    return " ".join(said)


def _suggestion(request: Request) -> str:
    """A username for somebody who is not on record yet, from what was typed so far."""
    typed = {name: request.POST.get(name, "").strip()[:_LONGEST] for name in ("full_name", "company", "phone")}
    first_name, last_name = split_name(typed.pop("full_name"))
    nobody = Customer(
        organization=request.organization,
        account_number=ids.password(6),
        first_name=first_name,
        last_name=last_name,
        **typed,
    )
    return subscriptions.suggest_username(customer=nobody)

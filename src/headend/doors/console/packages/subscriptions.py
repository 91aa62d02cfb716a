"""A customer's packages: given without payment, blocked, ended, and the password that goes with each."""

from typing import Any, ClassVar

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from headend.access import blocks, credentials, periods, subscriptions
from headend.access.models import Credential, Subscription
from headend.billing import buyers, promotions, purchases
from headend.doors.console import logins, pages, saving
from headend.doors.console.pages import Request, page, render, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, Fill, Form, ReasonForm, asks, fills
from headend.lib import clock, ids
from headend.reports import dues
from headend.ui import renewals
from headend.ui.templatetags import show


class LoginForm(logins.NetworkPasswordForm):
    """A username and its password, for a package that has none."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("username",), ("password",))

    username = logins.username()


class AddressForm(logins.FixedAddressForm):
    """A fixed address, for a package that has none."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("framed_address",),)

    framed_address = logins.fixed_address(gettext_lazy("Empty: without one."))


class LoginAndAddressForm(LoginForm, AddressForm):
    """Both."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (*LoginForm.layout, *AddressForm.layout)


class PasswordForm(logins.NetworkPasswordForm):
    """Another password for a username."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("password",),)


class NextForm(Form):
    """The period that is to begin: what the page asked about, and no other."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = ()

    period = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1, required=False)


@panel("packages", gettext_lazy("Subscriptions"), at=30)
def of_customer(looked: Looked) -> dict[str, Any]:
    """A customer's packages, with their usernames and how each is paid."""
    hub = looked.hub
    is_drafted = any(package.status.code == "draft" for package in hub.packages)
    ahead = purchases.charged_ahead(customer=looked.customer)
    return {
        "hub": hub,
        # Those that are charged and only have to be activated.
        "charged_ahead": set(ahead.values_list("pk", flat=True)) if is_drafted else set(),
        "dues": dues.of_packages(looked.customer, [package.subscription for package in hub.packages]),
    }


def fetch(request: Request, pk: int) -> Subscription:
    """A Subscription of the organization; 404 for any other."""
    rows = request.organization.subscription_set.select_related("organization", "customer", "plan")
    return pages.fetch(rows, pk)


@asks("subscriptions/<int:pk>/activation/", "subscription_activation", do="packages.free", of=fetch)
def activate(request: Request, subscription: Subscription) -> Act:
    """Activates a draft, or renews, without a payment."""
    first = subscription.activated_at is None

    def run(form: saving.Form) -> str:
        promotions.give(subscription=subscription, key=saving.key_of(form, subscription), by=request.staff)
        sentence = _("%(plan)s is active.") if first else _("%(plan)s is renewed.")
        return sentence % {"plan": subscription.plan_name}

    validity = show.validity(subscription)
    what = {"plan": subscription.plan_name, "name": subscription.customer.name, "validity": validity}
    if first:
        title = _("Activate %(plan)s without payment?") % what
        says = [_("%(name)s can connect at once, for %(validity)s from now. Nothing is taken from the wallet.") % what]
    else:
        title = _("Renew %(plan)s without payment?") % what
        says = [_("Nothing is taken from the wallet."), *renewals.sentences(subscription, clock.now())]
    why_not = saving.refusal_of(request.organization, lambda: buyers.refuse(subscription.customer, subscription))
    worth = _("Its price, %(price)s, stands in the ledger as given free.")
    price = show.money(subscription.price_minor, request.organization.currency)
    return Act(
        title=title,
        says=[why_not] if why_not else [*says, *([worth % {"price": price}] if subscription.price_minor else [])],
        button="" if why_not else _("Activate") if first else _("Renew"),
        icon="calendar-plus",
        harm=False,
        back=url(request, "customer", subscription.customer_id),
        run=run,
        once=True,
    )


@asks("subscriptions/<int:pk>/next/", "subscription_next", do="money.take", of=fetch)
def begin_next(request: Request, subscription: Subscription) -> Act:
    """Begins the next period that was paid ahead before the running one ends."""
    present, *ahead = periods.of(subscription_ids=[subscription.pk], now=clock.now())[subscription.pk]
    is_blocked = blocks.is_blocked(subscription=subscription)
    is_possible = bool(ahead) and subscription.ended_at is None and not is_blocked
    says = renewals.of_beginning(subscription, present, ahead[0]) if is_possible else [_("Nothing is paid ahead.")]
    if is_blocked:
        says = [_("This package is blocked: its next period would run while no login is accepted.")]

    def run(form: NextForm) -> str:
        subscriptions.begin_next(
            subscription=subscription, period_id=form.cleaned_data["period"] or 0, by=request.staff
        )
        return _("The next period of %(plan)s has begun.") % {"plan": subscription.plan_name}

    return Act(
        title=_("Begin the next period of %(plan)s now?") % {"plan": subscription.plan_name},
        says=says,
        button=_("Begin next period") if is_possible else "",
        icon="calendar-plus",
        harm=False,
        back=f"{url(request, 'customer', subscription.customer_id)}#packages",
        run=run,
        form=NextForm,
        initial={"period": ahead[0].pk if is_possible else None},
    )


@asks("subscriptions/<int:pk>/end/", "subscription_end", do="customers.edit", of=fetch)
def end(request: Request, subscription: Subscription) -> Act:
    """Ends a package for good."""
    ahead = periods.of(subscription_ids=[subscription.pk], now=clock.now())[subscription.pk][1:]

    def run(form: saving.Form) -> str:
        subscriptions.end(subscription=subscription, by=request.staff)
        return _("%(plan)s is ended.") % {"plan": subscription.plan_name}

    says = [
        _(
            "It is cut off within seconds, and its username is free for others. This cannot be taken back; add a new package instead."
        )
    ]
    if ahead:
        lost = ngettext(
            "%(number)s period that is paid ahead is lost with it: the money does not come back to the wallet.",
            "%(number)s periods that are paid ahead are lost with it: the money does not come back to the wallet.",
            len(ahead),
        )
        says.append(lost % {"number": len(ahead)})
    return Act(
        title=_("End %(plan)s of %(name)s?") % {"plan": subscription.plan_name, "name": subscription.customer.name},
        says=says,
        button=_("End package"),
        icon="circle-x",
        back=url(request, "customer", subscription.customer_id),
        run=run,
    )


@asks("subscriptions/<int:pk>/block/", "subscription_block", do="customers.edit", of=fetch)
def block(request: Request, subscription: Subscription) -> Act:
    """Keeps one package from connecting."""

    def run(form: ReasonForm) -> str:
        blocks.block(subscription=subscription, reason=form.cleaned_data["reason"], by=request.staff)
        return _("%(plan)s is blocked.") % {"plan": subscription.plan_name}

    return Act(
        title=_("Block %(plan)s of %(name)s?") % {"plan": subscription.plan_name, "name": subscription.customer.name},
        says=[_("It is cut off within seconds; the customer’s other packages go on.")],
        button=_("Block package"),
        icon="ban",
        back=url(request, "customer", subscription.customer_id),
        run=run,
        undo=url(request, "subscription_block_lift", subscription.pk),
        form=ReasonForm,
    )


@asks("subscriptions/<int:pk>/block/lift/", "subscription_block_lift", do="customers.edit", of=fetch)
def unblock(request: Request, subscription: Subscription) -> Act:
    """Lets a blocked package connect again."""

    def run(form: saving.Form) -> str:
        lifted = blocks.lift(subscription=subscription, by=request.staff)
        return _("%(plan)s is unblocked.") % {"plan": subscription.plan_name} if lifted else _("It was not blocked.")

    return Act(
        title=_("Unblock %(plan)s?") % {"plan": subscription.plan_name},
        says=[_("%(name)s can connect with it at once.") % {"name": subscription.customer.name}],
        button=_("Unblock"),
        icon="circle-check",
        harm=False,
        back=url(request, "customer", subscription.customer_id),
        run=run,
    )


@sensitive_variables()
@never_cache
@page("subscriptions/<int:pk>/secret/", "subscription_secret", do="customers.edit")
def secret(request: Request, pk: int) -> HttpResponse:
    """Shows the password once; that it was shown is an Event."""
    subscription = fetch(request, pk)
    credential = _credential(request, subscription)
    shown = {"secret": credentials.reveal(credential=credential, by=request.staff), "name": credential.name}
    if request.headers.get("HX-Request"):
        return django_render(request, "console/secret_part.html", shown)
    back = url(request, "customer", subscription.customer_id)
    return render(request, "console/secret.html", {**shown, "back": back, "title": subscription.customer.name})


@sensitive_post_parameters("password", "password_meant")
@fills("subscriptions/<int:pk>/password/", "subscription_password", do="customers.edit", of=fetch)
def password(request: Request, subscription: Subscription) -> Fill:
    """Another password for the package's username."""
    credential = _credential(request, subscription)
    back = url(request, "customer", subscription.customer_id)

    def save(form: PasswordForm) -> str:
        credentials.set_secret(credential=credential, secret=form.cleaned_data["password"], by=request.staff)
        saving.toast(request, _("The password of %(name)s is changed.") % {"name": credential.name})
        return f"{back}#packages"

    return Fill(
        PasswordForm,
        title=_("Password of %(name)s") % {"name": credential.name},
        about=_("Whoever is connected stays so; the router needs the new one for its next login."),
        crumbs=[(subscription.customer.name, back)],
        button=_("Change password"),
        back=back,
        initial={"password": ids.password()},
        save=save,
        # Left empty, each press would make another one.
        once=True,
    )


@sensitive_post_parameters("password", "password_meant")
@fills("subscriptions/<int:pk>/completion/", "subscription_completion", do="customers.edit", of=fetch)
def completion(request: Request, subscription: Subscription) -> Fill | HttpResponse:
    """A username or a fixed address for a package that has none: others may have what it had while its customer was deleted."""
    back = url(request, "customer", subscription.customer_id)
    form_class = _lacking(subscription)
    if form_class is None:
        return HttpResponseRedirect(back)
    suggested = {"username": subscriptions.suggest_username(customer=subscription.customer)}

    def save(form: LoginForm | AddressForm) -> str:
        given = {name: form.cleaned_data.get(name, "") for name in ("username", "password", "framed_address")}
        subscriptions.complete(subscription=subscription, by=request.staff, **given)
        saving.toast(request, _("%(plan)s is changed.") % {"plan": subscription.plan_name})
        return f"{back}#packages"

    return Fill(
        form_class,
        title=_("%(plan)s of %(name)s") % {"plan": subscription.plan_name, "name": subscription.customer.name},
        about=_("What it has stays as it is. The router needs what you give here."),
        crumbs=[(_("Customers"), url(request, "customers")), (subscription.customer.name, back)],
        button=_("Save"),
        back=back,
        initial={"password": ids.password(), **suggested},
        save=save,
        once=True,
        generate=lambda form: suggested,
    )


def _lacking(subscription: Subscription) -> type[LoginForm] | type[AddressForm] | None:
    """The form of what a package can be given; None where it has all."""
    has_login = subscription.credential_set.filter(ended_at__isnull=True).exists()
    if subscription.ended_at is not None or subscription.framed_address or subscription.connection_type == "hotspot":
        return None if has_login or subscription.ended_at is not None else LoginForm
    return AddressForm if has_login else LoginAndAddressForm


def _credential(request: Request, subscription: Subscription) -> Credential:
    rows = request.organization.credential_set.filter(subscription=subscription, ended_at__isnull=True)
    return pages.first(rows.select_related("organization", "subscription"))

"""What the pages that ask for money share."""

from typing import Final

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from headend.billing import providers
from headend.billing.models import Gateway, Payment, PaymentState
from headend.billing.rules import PROMPT_OPEN_SECONDS, Code
from headend.customers import customers
from headend.doors.portal.forms import PaidForm
from headend.doors.portal.pages import Request
from headend.lib import clock
from headend.lib.refused import Refused
from headend.ui.templatetags.show import phone as show_phone

# After how many seconds a browser without script loads a page again, by what the page is about.
REFRESH_SECONDS: Final = {"waiting": 3, "silent": 20}


def gateways(request: Request) -> list[Gateway]:
    """Whoever asks phones for payments, for this organization."""
    return providers.of(request.organization)


def phone(request: Request, e164: str = "") -> str:
    """A phone as people write it, to begin a form with: the customer's own unless another is given."""
    kept = e164 or request.customer.phone
    return show_phone(kept, request.organization.country) if kept else ""


def key(request: Request, form: PaidForm) -> str:
    """What the verb knows this form by, so that one that is sent twice does its work once.

    The customer stands in it: nobody can use up a key of somebody else. So does the plan: who goes back and chooses
    another one presses anew.
    """
    plan = form.cleaned_data.get("plan")
    return f"portal:{request.customer.pk}:{form.cleaned_data['form_token']}:{plan.pk if plan else ''}"


def way_to_open(request: Request, refused: Refused, form: PaidForm) -> str:
    """A link to the customer's own payment for which the phone is asked already; empty for any other refusal, or phone of others."""
    if refused.code != Code.PROMPT_OPEN:
        return ""
    typed = customers.read_phone(organization=request.organization, text=form.cleaned_data["phone"])
    own = Payment.objects.filter(organization=request.organization, customer=request.customer, phone=typed)
    payment = own.filter(state=PaymentState.PENDING).order_by("-pk").first()
    if payment is None:
        return ""
    place = reverse("portal:payment", args=[request.organization.slug, payment.uid])
    return format_html('<a href="{}">{}</a>', place, _("See the payment that is open"))


def stage(payment: Payment) -> str:
    """Where a payment stands, for whoever waits for it: `waiting`, `silent` (no answer for long), `failed` or `settled`."""
    if payment.state == PaymentState.PENDING:
        age_seconds = (clock.now() - payment.created_at).total_seconds()
        return "waiting" if age_seconds < PROMPT_OPEN_SECONDS else "silent"
    return "silent" if payment.state == PaymentState.UNKNOWN else payment.state

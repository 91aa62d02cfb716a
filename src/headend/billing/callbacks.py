"""What providers tell us: kept as it came, believed where it says what we asked for, else a reason to ask them."""

import json
from datetime import timedelta
from typing import Final

from headend.billing import payments, receipts, rules
from headend.billing.gateways import ADAPTERS
from headend.billing.gateways.adapter import UnclearError
from headend.billing.models import Callback, Payment
from headend.billing.rules import Outcome
from headend.customers import work
from headend.lib import clock
from headend.lib.refused import Refused

BODY_LARGEST_BYTES: Final = 16_384
KEPT_DAYS: Final = 90


def take(*, payment: Payment, body: bytes, source: str) -> Outcome:
    """One callback, at the secret address of `payment`. A repetition changes nothing and has the same outcome.

    What it said is kept before anything is done, in a transaction of its own.
    """
    text = body[:BODY_LARGEST_BYTES].decode("utf-8", "replace").replace("\0", "")
    kept = Callback.objects.create(organization=payment.organization, payment=payment, source=source[:45], body=text)
    outcome = _act(payment, text)
    Callback.objects.filter(pk=kept.pk).update(outcome=outcome)
    if payment.customer.erased_at is not None:
        # It names the phone of somebody of whom nothing is kept.
        work.erase_traces(payment.customer_id, organization=payment.organization)
    return outcome


def forget() -> int:
    """Deletes callbacks that came more than KEPT_DAYS ago, and says how many."""
    return Callback.objects.filter(received_at__lt=clock.now() - timedelta(days=KEPT_DAYS)).delete()[0]


def _act(payment: Payment, text: str) -> Outcome:
    assert payment.gateway is not None, "only payments by mobile money have callbacks"
    try:
        said = ADAPTERS[payment.gateway.kind].read_callback(json.loads(text))
    except (ValueError, RecursionError, UnclearError):
        return Outcome.UNREADABLE
    outcome = rules.judge(said, payments.held(payment))
    if outcome is Outcome.FAIL:
        payments.fail(payment=payment, reason=said.reason or "declined")
    elif outcome is Outcome.ASK:
        payments.queue_question(payment=payment)
    else:
        try:
            receipts.believe(payment=payment, said=said)
        except Refused:
            # It is kept as an Event for staff; to the provider it was received.
            return Outcome.CONFLICT
    return outcome

"""Asking phones to pay: each prompt is sent once, by the worker, with a time limit."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from headend.billing import payments, providers, rules
from headend.billing.gateways.adapter import Answer, Request
from headend.billing.models import Payment, PaymentState, Prompt
from headend.lib import clock
from headend.system import engine, waiting
from headend.system.models import State
from headend.system.sealing import SealingError

# Longer than a provider may take to answer.
LEASE_SECONDS: Final = 30
# Only where the provider certainly never got it.
TRIES: Final = 3
_GOOD_FOR: Final = timedelta(seconds=rules.PROMPT_OPEN_SECONDS)
# After an answer that did not come, the provider is asked at once what became of it.
_ASK_SOON_SECONDS: Final = 5


def claim(*, owner: str, now: datetime) -> Prompt | None:
    """The next prompt whose provider has room for one more, made ours; None where there is nothing to send.

    One whose worker died in the middle is *unknown*, and never sent again.
    """
    if not waiting.is_anything_ready(Prompt, now) or not waiting.ready(_with_room(now), now).exists():
        return None
    with transaction.atomic():
        # Two workers that count at once would both find room for the last one.
        engine.lock_keys(["prompts"])
        claimed = waiting.claim(_with_room(now), owner=owner, now=now, lease_seconds=LEASE_SECONDS, may_repeat=False)
    return claimed[0] if claimed else None


def send(prompt: Prompt) -> None:
    """Asks the phone, and writes down what came of it. Call it outside any transaction."""
    payment = prompt.payment
    assert payment.gateway is not None, "a prompt goes through a gateway"
    # After an outage of the worker nobody waits for it any more, and another try may have been asked for since.
    if payment.state != PaymentState.PENDING or clock.now() - payment.created_at > _GOOD_FOR:
        _refuse(prompt, "expired", "It could not be sent in time.")
        return
    try:
        adapter, target = providers.speak(payment.gateway)
    except SealingError as error:
        _refuse(prompt, "unreachable", str(error))
        return
    _record(prompt, adapter.prompt(target, _request(payment)))


def _with_room(now: datetime) -> QuerySet[Prompt]:
    sending = waiting.still_open(Prompt.objects.all()).filter(state=State.SENDING, lease_until__gt=now)
    # Counted here: told to group, SQLite would go through an index of all that ever was.
    busy = Counter(sending.values_list("payment__gateway_id", flat=True))
    full = [gateway_id for gateway_id, number in busy.items() if number >= rules.GATEWAY_AT_ONCE]
    # Without a join: the rows that wait are found by the names of their own columns.
    of_full = Payment.objects.filter(pk=OuterRef("payment_id"), gateway_id__in=full)
    return Prompt.objects.exclude(Exists(of_full)) if full else Prompt.objects.all()


def _request(payment: Payment) -> Request:
    return Request(
        reference=payment.uid.hex,
        phone=payment.phone,
        amount_minor=payment.asked_minor,
        currency=payment.organization.currency,
        description=payment.organization.name,
        callback_url=payments.callback_url(payment),
    )


def _record(prompt: Prompt, answer: Answer) -> None:
    payment = prompt.payment
    if answer.outcome == "accepted":
        # The callback may have come before: what it wrote stays.
        Payment.objects.filter(pk=payment.pk, request_id="").update(request_id=answer.request_id[:80])
        waiting.finish(prompt, state=State.SENT)
    elif answer.outcome == "refused":
        _refuse(prompt, answer.detail, answer.detail)
    elif answer.outcome == "unreachable":
        if waiting.fail(prompt, answer.detail, tries=TRIES) and prompt.state == State.FAILED:
            payments.fail(payment=payment, reason="unreachable")
    else:
        waiting.finish(prompt, state=State.UNKNOWN, error=answer.detail)
        payments.queue_question(payment=payment, delay_seconds=_ASK_SOON_SECONDS)


def _refuse(prompt: Prompt, reason: str, detail: str) -> None:
    if waiting.fail(prompt, detail, tries=0):
        payments.fail(payment=prompt.payment, reason=reason)

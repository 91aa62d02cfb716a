"""Asking providers how payments stand: those who do not call us are asked, later and later, until a person must look."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from headend.billing import happenings, payments, providers, receipts, rules
from headend.billing.gateways.adapter import UnclearError
from headend.billing.models import Payment, PaymentState
from headend.billing.rules import Code, Said
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system import events
from headend.system.models import Staff
from headend.system.sealing import SealingError

# A payment that is pending so long after its last question was forgotten: its Job was lost.
_FORGOTTEN: Final = timedelta(seconds=rules.ASK_AFTER_SECONDS[-1] + 600)
_SWEPT_AT_ONCE: Final = 200
_BUSY_SECONDS: Final = 10
_asking: Final[Counter[int | None]] = Counter()
_asking_lock: Final = threading.Lock()
_OPEN: Final = (PaymentState.PENDING, PaymentState.UNKNOWN)


def ask(*, payment_id: int, step: int | None) -> None:
    """The Job `ask_provider`: asks how a payment stands, and queues the next question where the provider does not say.

    `step` counts the questions of `ASK_AFTER_SECONDS`; without one, this question stands apart from them.
    """
    payment = Payment.objects.select_related("organization", "gateway", "customer").get(pk=payment_id)
    if step is not None and payment.state not in _OPEN:
        return
    with _room_at(payment.gateway_id) as has_room:
        said = _ask(payment) if has_room else None
    if not has_room:
        # A provider that hangs keeps no more threads than his own.
        payments.queue_question(payment=payment, step=step, delay_seconds=_BUSY_SECONDS)
        return
    if payment.state == PaymentState.SETTLED:
        _compare(payment, said)
        return
    if said is None or said.status == "pending":
        _go_on(payment, step)
    elif said.status == "declined":
        payments.fail(payment=payment, reason=said.reason or "declined")
    else:
        _receive(payment, said)


def is_askable(payment: Payment) -> bool:
    """Whether a provider may still know more of a payment than we do."""
    return payment.gateway_id is not None and payment.state != PaymentState.SETTLED


def ask_now(*, payment: Payment, by: Staff | None) -> None:
    """*Ask the provider*: queues the question; the answer is there a moment later. Refuses `payment_not_askable`."""
    if not is_askable(payment):
        raise Refused(Code.PAYMENT_NOT_ASKABLE)
    payments.queue_question(payment=payment)
    payments.record(payment, happenings.PAYMENT_INQUIRED(**payments.told(payment)), by=by)


def sweep() -> int:
    """Has payments asked about whose questions were lost. Returns how many."""
    # In the words of the index of those that wait, which SQLite compares.
    waiting = Payment.objects.extra(where=["billing_payment.state = 'pending'"])
    forgotten = waiting.filter(created_at__lt=clock.now() - _FORGOTTEN)
    found = list(forgotten.select_related("organization").order_by("created_at", "pk")[:_SWEPT_AT_ONCE])
    for payment in found:
        payments.queue_question(payment=payment, step=len(rules.ASK_AFTER_SECONDS) - 1)
    return len(found)


@contextmanager
def _room_at(gateway_id: int | None) -> Iterator[bool]:
    """Whether this process asks the provider fewer questions at once than it may; inside, one more is being asked."""
    with _asking_lock:
        has_room = _asking[gateway_id] < rules.GATEWAY_AT_ONCE
        _asking[gateway_id] += has_room
    try:
        yield has_room
    finally:
        with _asking_lock:
            _asking[gateway_id] -= has_room


def _compare(payment: Payment, said: Said | None) -> None:
    """A settled payment of which the provider now says otherwise stays booked; that he does is an Event for staff."""
    if said is None or (said.status == "paid" and said.amount_minor == payment.amount_minor):
        return
    events.record(
        happenings.PAYMENT_CONFLICT(reason=said.status, receipt_code=said.receipt_code, amount_minor=said.amount_minor),
        organization=payment.organization,
        subject=payment,
        by=None,
        customer_id=payment.customer_id,
        unique_key=f"conflict:{payment.pk}:{said.status}:{said.amount_minor}",
    )


def _receive(payment: Payment, said: Said) -> None:
    try:
        receipts.believe(payment=payment, said=said)
    except Refused:
        # Its receipt settled another payment already, which stands as an Event: no further question changes that.
        payments.leave_to_a_person(payment=payment)


def _ask(payment: Payment) -> Said | None:
    """What the provider says; None where that is nothing that one can go by."""
    assert payment.gateway is not None, "only payments by mobile money are asked about"
    try:
        adapter, target = providers.speak(payment.gateway)
        said = adapter.ask(target, payment.uid.hex)
    except (UnclearError, SealingError):
        return None
    return said if said is not None and rules.is_about(said, payments.held(payment)) else None


def _go_on(payment: Payment, step: int | None) -> None:
    if step is None:
        return
    after = rules.ASK_AFTER_SECONDS
    if step + 1 < len(after):
        payments.queue_question(payment=payment, step=step + 1, delay_seconds=after[step + 1] - after[step])
    else:
        payments.leave_to_a_person(payment=payment)

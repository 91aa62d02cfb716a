"""Every notice that the product sends, in one list: a further one is an entry of one of these files."""

from collections import defaultdict
from typing import Final

from django.utils.translation import gettext_lazy as _

from headend.messaging.catalogue import money, packages, people, usage
from headend.messaging.catalogue.notice import Notice, Values, Words

NOTICES: Final[dict[str, Notice]] = {
    notice.code: notice for notice in (*people.NOTICES, *money.NOTICES, *packages.NOTICES, *usage.NOTICES)
}


def _by_cause() -> dict[str, list[tuple[Notice, Values]]]:
    causes: dict[str, list[tuple[Notice, Values]]] = defaultdict(list)
    for notice in NOTICES.values():
        for kind, values in notice.causes.items():
            causes[kind].append((notice, values))
    return dict(causes)


# By the kind of the Event that causes them.
CAUSES: Final = _by_cause()

# What messages are about that are no notice, and what notices were called before.
_OTHERS: Final[dict[str, Words]] = {
    "message.written": _("Message by staff"),
    "broadcast": _("Broadcast"),
    "carrier.tested": _("Test message"),
    "incoming": _("Written to us"),
    "purchase.fulfilled": _("Purchase"),
    "payment.settled": money.PAYMENT_RECEIVED.label,
    "customer.signed_up": money.PAYMENT_RECEIVED.label,
    "package.added": money.PAYMENT_RECEIVED.label,
}


def label(kind: str) -> Words:
    """What a message is about, by its kind."""
    notice = NOTICES.get(kind)
    return notice.label if notice else _OTHERS.get(kind, _("Message"))

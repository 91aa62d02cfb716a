"""How far a broadcast has come, and what it cost."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Final

from babel.numbers import get_currency_precision
from django.db.models import Count

from headend.lib import money
from headend.messaging import broadcasts
from headend.messaging.broadcasts import Figures
from headend.messaging.messages import STOPPED
from headend.messaging.models import Broadcast, Message
from headend.system.models import State

REASONS_MOST: Final = 5
_MICRO: Final = 6


@dataclass(frozen=True, slots=True)
class Progress:
    """Of `whole` customers so many are `done`: sent to, or known to get nothing."""

    figures: Figures
    done: int
    whole: int


def progress(broadcast: Broadcast) -> Progress:
    """How far it has come. Those who came since it was begun count with the others."""
    now = broadcasts.figures(broadcast)
    nobody = broadcast.unreachable + broadcast.opted_out
    done = now.sent + now.delivered + now.failed + now.unknown + now.stopped + nobody
    return Progress(now, done, max(broadcast.people, broadcast.written + nobody))


def reasons(broadcast: Broadcast) -> list[tuple[str, int]]:
    """Why messages of it failed, with how many did: the most frequent ones, while its messages are kept."""
    failed = Message.objects.filter(broadcast=broadcast, state=State.FAILED).exclude(error=STOPPED)
    return list(failed.values_list("error").annotate(number=Count("pk")).order_by("-number", "error")[:REASONS_MOST])


def cost(broadcast: Broadcast, parts: int) -> str:
    """What so many SMS cost at the price of one, in words. To be called where there is a price."""
    currency, language = broadcast.organization.currency, broadcast.organization.language
    micros = parts * (broadcast.part_price_micros or 0)
    minor = Decimal(micros).scaleb(get_currency_precision(currency) - _MICRO)
    return money.show(int(minor.to_integral_value(rounding=ROUND_UP)), currency, language)

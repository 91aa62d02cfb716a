"""How far a broadcast has come, and what it cost."""

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from typing import Final

from babel.numbers import get_currency_precision

from headend.lib import money
from headend.messaging import broadcasts
from headend.messaging.broadcasts import Figures
from headend.messaging.models import Broadcast

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


def cost(broadcast: Broadcast, parts: int) -> str:
    """What so many SMS cost at the price of one, in words. To be called where there is a price."""
    currency, language = broadcast.organization.currency, broadcast.organization.language
    micros = parts * (broadcast.part_price_micros or 0)
    minor = Decimal(micros).scaleb(get_currency_precision(currency) - _MICRO)
    return money.show(int(minor.to_integral_value(rounding=ROUND_UP)), currency, language)

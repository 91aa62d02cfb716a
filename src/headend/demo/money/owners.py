"""What the owner of a phone does when asked to pay."""

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from headend.demo.money.refused import RefusedError, whole

Deed = Literal["pays", "declines", "silent", "pays_silently", "twice", "early", "other_amount", "unreachable", "drips"]
Reason = Literal["cancelled_by_user", "insufficient_funds", "timeout"]

THINKING_SECONDS: Final = 3.0
THINKING_MOST_SECONDS: Final = 3600
# Whoever was told nothing goes by the last digit of the number.
BY_LAST_DIGIT: Final[dict[str, Deed]] = {
    "1": "declines",
    "2": "silent",
    "3": "pays_silently",
    "4": "twice",
    "5": "early",
    "6": "other_amount",
}
# How often the network tells the merchant; a deed that is not here is told once.
CALLBACKS: Final[dict[Deed, int]] = {"silent": 0, "pays_silently": 0, "twice": 2, "unreachable": 0, "drips": 0}
_FIELDS: Final = frozenset(("behaviour", "after_seconds", "amount", "reason"))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an owner does, and after how long; `amount` is what is paid instead, `reason` why it is declined."""

    deed: Deed
    after_seconds: float
    amount: int | None = None
    reason: Reason = "cancelled_by_user"

    def paid(self, asked: int) -> int:
        """How much is paid of an amount; another amount that nobody named is half."""
        if self.deed != "other_amount":
            return asked
        if self.amount is not None:
            return self.amount
        # One cannot be halved.
        return asked // 2 or asked + 1


def usual(phone: str) -> Behaviour:
    """What the owner of a phone does when told nothing."""
    deed = BY_LAST_DIGIT.get(phone[-1], "pays")
    return Behaviour(deed, _thinking_seconds(deed))


def read(fields: dict[str, Any]) -> Behaviour:
    """The behaviour that a test or the demo sets; raises RefusedError."""
    deed: Any = fields.get("behaviour")
    amount, reason = fields.get("amount"), fields.get("reason", "cancelled_by_user")
    if deed not in get_args(Deed):
        raise RefusedError(400, "behaviour_unknown", f"The behaviour is one of {', '.join(get_args(Deed))}.")
    if reason not in get_args(Reason):
        raise RefusedError(400, "reason_unknown", f"The reason is one of {', '.join(get_args(Reason))}.")
    if amount is not None and (not whole(amount) or amount < 1 or deed != "other_amount"):
        raise RefusedError(400, "amount_invalid", "Only other_amount takes an amount: whole minor units over zero.")
    after_seconds = fields.get("after_seconds", _thinking_seconds(deed))
    if (
        isinstance(after_seconds, bool)
        or not isinstance(after_seconds, int | float)
        or math.isnan(after_seconds)
        or not 0 <= after_seconds <= THINKING_MOST_SECONDS
    ):
        raise RefusedError(400, "after_seconds_invalid", f"It is a number up to {THINKING_MOST_SECONDS}.")
    unknown = set(fields) - _FIELDS
    if unknown:
        raise RefusedError(400, "field_unknown", f"There is no {', '.join(sorted(unknown))}.")
    return Behaviour(deed, float(after_seconds), amount, reason)


def _thinking_seconds(deed: Deed) -> float:
    # An early callback keeps the merchant waiting for the answer.
    return 0.0 if deed == "early" else THINKING_SECONDS

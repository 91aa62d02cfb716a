"""Decisions about payments and purchases, without a database."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

# When a provider that has not called us is asked how a payment stands, counted from the prompt.
ASK_AFTER_SECONDS: Final = (30, 120, 600, 3600)
# A phone has one open request at a time, as long as a provider usually waits for an answer.
PROMPT_OPEN_SECONDS: Final = 120
# So many requests to one provider are under way at once, and so many questions: another one never waits behind him.
GATEWAY_AT_ONCE: Final = 3


class Code(StrEnum):
    """Why a verb on a payment or purchase was refused."""

    CUSTOMER_MAY_NOT_BUY = "customer_may_not_buy"
    ACCOUNT_IS_OVER = "account_is_over"
    PACKAGE_IS_BLOCKED = "package_is_blocked"
    PLAN_NOT_SOLD = "plan_not_sold"
    FREE_PASS_HAD = "free_pass_had"  # noqa: S105 - a code, not a password
    FREE_PASS_AT_HOTSPOT = "free_pass_at_hotspot"  # noqa: S105 - the same
    PHONE_MISSING = "phone_missing"
    PROMPT_OPEN = "prompt_open"
    PURCHASE_IS_SETTLED = "purchase_is_settled"
    PAYMENT_CONFLICTS = "payment_conflicts"
    PAYMENT_NOT_ASKABLE = "payment_not_askable"
    AMOUNT_INVALID = "amount_invalid"
    REFERENCE_MISSING = "reference_missing"
    REFERENCE_TAKEN = "reference_taken"
    REFUND_REFERENCE_TAKEN = "refund_reference_taken"
    REASON_MISSING = "reason_missing"
    MORE_THAN_HELD = "more_than_held"
    MORE_THAN_OWED = "more_than_owed"
    GATEWAY_UNKNOWN = "gateway_unknown"
    CHARGED_ALREADY = "charged_already"
    NOT_CHARGED = "not_charged"
    FULFILMENT_FAILED = "fulfilment_failed"


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider says of a payment: in a callback, or asked. Minor units."""

    status: Literal["pending", "paid", "declined"]
    request_id: str
    reference: str
    receipt_code: str
    amount_minor: int
    currency: str
    phone: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What we hold of that payment."""

    reference: str
    request_id: str
    asked_minor: int
    currency: str
    state: str


class Outcome(StrEnum):
    """What a callback leads to."""

    CREDIT = "credit"
    ASK = "ask"
    FAIL = "fail"
    UNREADABLE = "unreadable"
    CONFLICT = "conflict"


def judge(said: Said, held: Held) -> Outcome:
    """Whether a callback is believed at once, or only makes us ask the provider.

    Its address is made for this one payment and cannot be guessed. It is believed when it says what we asked for; whatever
    is off, and bad news for a payment that was settled, is asked about first.
    """
    is_ours = said.reference == held.reference and said.currency == held.currency
    # A callback may overtake the answer to our own request: then there is no request id to compare yet.
    if not is_ours or (held.request_id and said.request_id != held.request_id) or said.status == "pending":
        return Outcome.ASK
    if said.status == "declined":
        return Outcome.FAIL if held.state == "pending" else Outcome.ASK
    return Outcome.CREDIT if said.amount_minor == held.asked_minor and said.receipt_code else Outcome.ASK


def is_about(said: Said, held: Held) -> bool:
    """Whether the answer to a status query speaks of this payment: then its amount is believed, whatever it is."""
    if said.reference != held.reference or said.currency != held.currency:
        return False
    return said.status != "paid" or (said.amount_minor > 0 and bool(said.receipt_code))


def receipt_key(code: str) -> str:
    """A receipt code as it is compared: upper case, without what people put between the signs."""
    return "".join(character for character in code.upper() if character.isalnum())

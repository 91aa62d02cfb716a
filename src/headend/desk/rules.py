"""Decisions about whole customers, without a database."""

from collections.abc import Collection
from enum import StrEnum


class Code(StrEnum):
    """Why a verb over a whole customer was refused."""

    ACCOUNT_NUMBER_WRONG = "account_number_wrong"
    DEBT_OPEN = "debt_open"
    WALLET_NOT_EMPTY = "wallet_not_empty"
    PAYMENT_UNDER_WAY = "payment_under_way"


def wants_undeleting(codes: Collection[str]) -> bool:
    """Whether what is in the way of deleting a deleted customer permanently waits for *Undelete*: before that they buy and pay nothing."""
    return bool(set(codes) - {Code.PAYMENT_UNDER_WAY})

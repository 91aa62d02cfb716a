"""What stands in the way of deleting somebody permanently, and when it can be settled."""

import pytest

from headend.desk.rules import Code, wants_undeleting


@pytest.mark.parametrize(
    ("codes", "wants"),
    [
        ([], False),
        # The provider answers, whether its customer is deleted or not.
        ([Code.PAYMENT_UNDER_WAY], False),
        ([Code.DEBT_OPEN], True),
        ([Code.WALLET_NOT_EMPTY, Code.PAYMENT_UNDER_WAY], True),
    ],
)
def test_who_buys_and_pays_nothing_is_undeleted_first(codes: list[Code], wants: bool) -> None:
    assert wants_undeleting(codes) is wants

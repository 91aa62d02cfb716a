"""What a provider's words lead to, without a database."""

from dataclasses import replace

import pytest

from headend.billing.rules import Held, Outcome, Said, is_about, judge, receipt_key

HELD = Held(reference="ab12", request_id="pm_1", asked_minor=5_000, currency="KES", state="pending")
PAID = Said("paid", "pm_1", "ab12", "PM7K2Q9XAB", 5_000, "KES", "+254712345678")
DECLINED = replace(PAID, status="declined", receipt_code="", reason="cancelled_by_user")


@pytest.mark.parametrize(
    ("said", "held", "outcome"),
    [
        (PAID, HELD, Outcome.CREDIT),
        # It came before the answer to our own request.
        (PAID, replace(HELD, request_id=""), Outcome.CREDIT),
        # Said again, or after we had given it up: it is credited once, by its receipt.
        (PAID, replace(HELD, state="settled"), Outcome.CREDIT),
        (PAID, replace(HELD, state="failed"), Outcome.CREDIT),
        (PAID, replace(HELD, state="unknown"), Outcome.CREDIT),
        (DECLINED, HELD, Outcome.FAIL),
        # Bad news are believed at once only while we wait for news.
        (DECLINED, replace(HELD, state="settled"), Outcome.ASK),
        (DECLINED, replace(HELD, state="unknown"), Outcome.ASK),
        (replace(PAID, amount_minor=2_500), HELD, Outcome.ASK),
        (replace(PAID, currency="UGX"), HELD, Outcome.ASK),
        (replace(PAID, reference="cd34"), HELD, Outcome.ASK),
        (replace(PAID, request_id="pm_2"), HELD, Outcome.ASK),
        (replace(PAID, receipt_code=""), HELD, Outcome.ASK),
        (replace(PAID, status="pending"), HELD, Outcome.ASK),
        (replace(DECLINED, reference="cd34"), HELD, Outcome.ASK),
    ],
)
def test_callbacks(said: Said, held: Held, outcome: Outcome) -> None:
    assert judge(said, held) is outcome


@pytest.mark.parametrize(
    ("said", "about"),
    [
        (PAID, True),
        (DECLINED, True),
        # Asked, the provider's sum is believed whatever it is.
        (replace(PAID, amount_minor=2_500), True),
        (replace(PAID, amount_minor=0), False),
        (replace(PAID, receipt_code=""), False),
        (replace(PAID, reference="cd34"), False),
        (replace(PAID, currency="UGX"), False),
    ],
)
def test_answers_to_questions(said: Said, about: bool) -> None:
    assert is_about(said, HELD) is about


@pytest.mark.parametrize("typed", ["PM7K2Q9XAB", " pm7k-2q9x.ab ", "pm7k 2q9x ab"])
def test_receipt_codes(typed: str) -> None:
    assert receipt_key(typed) == "PM7K2Q9XAB"

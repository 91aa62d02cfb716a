"""The practice money and SMS network: what it does, and what the owners of the phones do."""

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from headend.demo.money import callbacks
from tests.demo.merchant import (
    MESSAGES,
    PATIENCE_SECONDS,
    PROMPTS,
    Merchant,
    any_phone,
    ask,
    call,
    merchant_on_loopback,
    status_of,
    text_to,
    until,
    wish,
)
from tests.kit.money import Money


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with merchant_on_loopback() as merchant:
        yield merchant


@pytest.fixture(scope="module")
def money() -> Iterator[Money]:
    with Money(repeat_seconds=0.02, unreachable_seconds=0.2) as money:
        yield money


def test_an_owner_who_pays_is_told_once_and_the_query_says_the_same(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "pays")
    (told,) = merchant.waits_for(1)
    receipt = told["receipt"]

    assert len(receipt) == 10
    assert receipt.startswith("PM")
    assert told == {
        "request_id": sent["request_id"],
        "reference": sent["reference"],
        "status": "paid",
        "receipt": receipt,
        "amount": 5000,
        "currency": "KES",
        "phone": sent["phone"],
        "reason": None,
    }
    assert merchant.headers[0]["Content-Type"] == "application/json"
    assert status_of(money, sent) == told
    until(lambda: bool(money.prompts(sent["phone"])[0]["answered"]))
    (seen,) = money.prompts(sent["phone"])
    assert seen == told | {
        "asked": 5000,
        "description": "Day pass",
        "behaviour": "pays",
        "delivered": 1,
        "answered": 1,
        "answers": [200],
    }


@pytest.mark.parametrize("reason", [None, "insufficient_funds", "timeout"])
def test_an_owner_who_declines_pays_nothing(money: Money, merchant: Merchant, reason: str | None) -> None:
    sent = ask(money, merchant.url, "declines", reason=reason)
    (told,) = merchant.waits_for(1)

    assert (told["status"], told["receipt"], told["amount"]) == ("declined", None, 5000)
    assert told["reason"] == reason or (reason is None and told["reason"] == "cancelled_by_user")
    assert status_of(money, sent) == told


def test_a_silent_owner_leaves_it_pending(money: Money, merchant: Merchant) -> None:
    silent, loud = ask(money, merchant.url, "silent"), ask(money, merchant.url, "pays")
    (told,) = merchant.waits_for(1)

    assert told["reference"] == loud["reference"]
    found = status_of(money, silent)
    assert (found["status"], found["receipt"], found["amount"], found["reason"]) == ("pending", None, 5000, None)


def test_of_a_lost_callback_only_the_query_knows(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "pays_silently")
    until(lambda: money.prompts(sent["phone"])[0]["status"] == "paid")

    assert status_of(money, sent)["receipt"]
    ask(money, merchant.url, "pays")
    (told,) = merchant.waits_for(1)
    assert told["reference"] != sent["reference"]
    assert money.prompts(sent["phone"])[0]["delivered"] == 0


def test_a_callback_can_come_twice(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "twice")
    first, second = merchant.waits_for(2)

    assert first == second
    until(lambda: money.prompts(sent["phone"])[0]["answers"] == [200, 200])


def test_an_early_callback_comes_before_the_answer(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "early")

    # No waiting: it is there when the answer is.
    (told,) = merchant.got
    assert (told["reference"], told["status"]) == (sent["reference"], "paid")
    assert told["request_id"] == sent["request_id"]


def test_an_early_callback_that_fails_is_repeated_beside(money: Money, merchant: Merchant) -> None:
    merchant.answers = [500]
    sent = ask(money, merchant.url, "early")

    merchant.waits_for(2)
    until(lambda: money.prompts(sent["phone"])[0]["answers"] == [500, 200])


@pytest.mark.parametrize(("named", "asked", "paid"), [(None, 5000, 2500), (4999, 5000, 4999), (None, 1, 2)])
def test_an_owner_can_pay_another_amount(
    money: Money, merchant: Merchant, named: int | None, asked: int, paid: int
) -> None:
    sent = wish(merchant.url, amount=asked)
    money.decides(sent["phone"], "other_amount", amount=named)
    assert call(money, "POST", PROMPTS, sent)[0] == 202
    (told,) = merchant.waits_for(1)

    assert (told["status"], told["amount"]) == ("paid", paid)
    assert status_of(money, sent)["amount"] == paid
    assert money.prompts(sent["phone"])[0]["asked"] == asked


def test_an_unreachable_phone_hangs_and_nobody_knows_the_prompt(money: Money) -> None:
    sent = wish()
    money.decides(sent["phone"], "unreachable")

    status, content = call(money, "POST", PROMPTS, sent)
    assert (status, content["error"]) == (500, "unavailable")
    assert call(money, "GET", f"{PROMPTS}/{sent['reference']}")[0] == 404
    assert money.prompts(sent["phone"]) == []


@pytest.mark.parametrize(
    ("digit", "behaviour"),
    [
        ("0", "pays"),
        ("1", "declines"),
        ("2", "silent"),
        ("3", "pays_silently"),
        ("4", "twice"),
        ("5", "early"),
        ("6", "other_amount"),
        ("9", "pays"),
    ],
)
def test_an_owner_who_was_told_nothing_goes_by_the_last_digit(
    money: Money, merchant: Merchant, digit: str, behaviour: str
) -> None:
    sent = wish(merchant.url, phone=any_phone(digit))
    assert call(money, "POST", PROMPTS, sent)[0] == 202

    (seen,) = money.prompts(sent["phone"])
    assert seen["behaviour"] == behaviour
    # Three seconds of thinking; only who answers early has done so.
    assert seen["status"] == ("paid" if digit == "5" else "pending")


def test_a_decision_holds_from_the_next_prompt_on(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "declines")
    merchant.waits_for(1)
    money.decides(sent["phone"], "pays")
    again = wish(merchant.url, phone=sent["phone"])
    call(money, "POST", PROMPTS, again)
    merchant.waits_for(2)

    assert [prompt["status"] for prompt in money.prompts(sent["phone"])] == ["declined", "paid"]


@pytest.mark.parametrize("answers", [[500], [404, 302, 503], [500] * 5])
def test_a_callback_is_repeated_until_it_is_taken(money: Money, merchant: Merchant, answers: list[int]) -> None:
    merchant.answers = list(answers)
    sent = ask(money, merchant.url, "pays")
    told = merchant.waits_for(len(answers) + 1)

    assert told == [told[0]] * len(told)
    until(lambda: money.prompts(sent["phone"])[0]["answers"] == [*answers, 200])
    assert money.prompts(sent["phone"])[0]["answered"] == 1


def test_a_callback_is_repeated_after_pauses_that_double(merchant: Merchant) -> None:
    assert list(callbacks.pauses(1)) == [1, 2, 4, 8, 16]
    with Money(repeat_seconds=600) as slow:
        merchant.answers = [500]
        refused = ask(slow, merchant.url, "pays")
        merchant.waits_for(1)
        ask(slow, merchant.url, "pays")
        merchant.waits_for(2)
        until(lambda: slow.prompts(refused["phone"])[0]["answers"] == [500])
        assert [told["reference"] for told in merchant.got].count(refused["reference"]) == 1


def test_a_callback_is_given_up_after_five_repeats(money: Money, merchant: Merchant) -> None:
    merchant.answers = [500] * 20
    sent = ask(money, merchant.url, "pays")
    twice = ask(money, merchant.url, "twice")

    # Twelve for the one that is told twice: each time six.
    until(lambda: len(money.prompts(twice["phone"])[0]["answers"]) == 12)
    assert money.prompts(sent["phone"])[0]["answers"] == [500] * 6
    assert money.prompts(sent["phone"])[0]["answered"] == 0


def test_a_merchant_who_does_not_listen_is_tried_as_often(money: Money) -> None:
    with socket.socket() as closed:
        # Bound and not listening: nobody else can take the port meanwhile.
        closed.bind(("127.0.0.1", 0))
        sent = ask(money, f"http://127.0.0.1:{closed.getsockname()[1]}/", "pays")
        until(lambda: money.prompts(sent["phone"])[0]["answers"] == [None] * 6)


def test_a_decision_is_read_back_and_needs_no_key(money: Money) -> None:
    phone = any_phone()
    status, content = call(money, "POST", f"/phone/%2B{phone[1:]}", {"behaviour": "pays"}, headers={})

    said = {"after_seconds": 3.0, "amount": None, "reason": "cancelled_by_user"}
    assert (status, content) == (200, {"phone": phone, "behaviour": "pays"} | said)
    assert call(money, "GET", f"/phone/{phone}", headers={}) == (200, [])
    assert call(money, "GET", f"/sms/{phone}", headers={}) == (200, [])
    for path in ("/phone/0712345678", "/sms/nobody"):
        assert call(money, "GET", path, headers={})[0] == 400


def test_a_message_is_sent_once_however_often_it_is_handed_in(money: Money) -> None:
    phone = any_phone()
    first, second = text_to(phone), text_to(phone, body="x" * 480, sender="")
    status, content = call(money, "POST", MESSAGES, first)
    assert status == 202
    assert content["message_id"].startswith("sm_")

    assert call(money, "POST", MESSAGES, first) == (200, content)
    status, other = call(money, "POST", MESSAGES, second)
    assert status == 202
    assert other["message_id"] != content["message_id"]
    got = money.sms_to(phone)
    assert [(message["id"], message["body"], message["sender"]) for message in got] == [
        (first["id"], "Karibu", "Baobab Net"),
        (second["id"], "x" * 480, ""),
    ]
    assert all(message["at"].endswith("+00:00") for message in got)
    assert money.sms_to(any_phone()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_even_while_it_hangs(number: signal.Signals, merchant: Merchant) -> None:
    with Money(unreachable_seconds=600) as money:
        sent = wish(merchant.url)
        money.decides(sent["phone"], "unreachable")

        def hang() -> None:
            # The process ends before it answers.
            with suppress(ConnectionError, http.client.HTTPException):
                call(money, "POST", PROMPTS, sent)

        hanging = threading.Thread(target=hang)
        hanging.start()
        ask(money, merchant.url, "pays", after_seconds=600)
        money.process.send_signal(number)
        assert money.process.wait(PATIENCE_SECONDS) == 0
        hanging.join()


def test_it_ends_with_its_parent() -> None:
    start = (
        "import subprocess, sys, time;"
        "subprocess.Popen([sys.executable, '-m', 'headend.demo.money', '--port', '0', '--key', 'k']); time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", start],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert parent.stdout is not None
    with parent.stdout as said:
        try:
            line = said.readline().decode()
        finally:
            parent.kill()
            parent.wait()
        assert line.startswith("The practice money network is on http://127.0.0.1:")
        # The end of what the child can say is the end of the child.
        assert select.select([said], [], [], PATIENCE_SECONDS)[0]
        assert said.read() == b""

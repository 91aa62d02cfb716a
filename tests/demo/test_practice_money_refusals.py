"""What the practice money and SMS network refuses, as a real one does."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from headend.demo.money import Config, Network
from headend.demo.money.__main__ import main
from headend.demo.money.refused import RefusedError
from tests.demo.merchant import (
    AMINA,
    MESSAGES,
    PROMPTS,
    Merchant,
    any_phone,
    ask,
    call,
    merchant_on_loopback,
    status_of,
    text_to,
    wish,
)
from tests.kit.money import KEY, Money


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with merchant_on_loopback() as merchant:
        yield merchant


@pytest.fixture(scope="module")
def money() -> Iterator[Money]:
    with Money(repeat_seconds=0.02, unreachable_seconds=0.2) as money:
        yield money


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reference": None}, "reference_missing"),
        ({"reference": "x" * 32}, "reference_missing"),
        ({"reference": "A" * 32}, "reference_missing"),
        ({"phone": None}, "phone_invalid"),
        ({"phone": "0712345678"}, "phone_invalid"),
        ({"phone": "+0712345678"}, "phone_invalid"),
        ({"phone": "+2547123456781234"}, "phone_invalid"),
        ({"phone": "+25471234567\n"}, "phone_invalid"),
        ({"amount": None}, "amount_invalid"),
        ({"amount": 0}, "amount_invalid"),
        ({"amount": -5}, "amount_invalid"),
        ({"amount": 50.0}, "amount_invalid"),
        ({"amount": "50"}, "amount_invalid"),
        ({"amount": True}, "amount_invalid"),
        ({"amount": 10**12 + 1}, "amount_invalid"),
        ({"currency": None}, "currency_unknown"),
        ({"currency": "XYZ"}, "currency_unknown"),
        ({"currency": ["KES"]}, "currency_unknown"),
        ({"description": None}, "description_invalid"),
        ({"description": " "}, "description_invalid"),
        ({"description": "x" * 21}, "description_invalid"),
        ({"callback_url": None}, "callback_invalid"),
        ({"callback_url": "callbacks/"}, "callback_invalid"),
        ({"callback_url": "https://127.0.0.1/"}, "callback_invalid"),
        ({"callback_url": "http://192.0.2.1/"}, "callback_invalid"),
        ({"callback_url": "http://example.com/"}, "callback_invalid"),
        ({"callback_url": "http://127.0.0.1:0/"}, "callback_invalid"),
        ({"callback_url": "http://127.0.0.1:99999/"}, "callback_invalid"),
        ({"callback_url": "http://me@127.0.0.1/"}, "callback_invalid"),
        ({"callback_url": "http://127.0.0.1/a b"}, "callback_invalid"),
        ({"callback_url": "http://127.0.0.1/" + "x" * 500}, "callback_invalid"),
    ],
)
def test_a_prompt_with_a_wrong_field_is_refused(money: Money, fields: dict[str, Any], code: str) -> None:
    sent = wish(**fields)
    status, content = call(money, "POST", PROMPTS, {name: value for name, value in sent.items() if value is not None})

    assert (status, content["error"]) == (400, code)
    assert content["message"]
    if "phone" not in fields:
        assert money.prompts(sent["phone"]) == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", PROMPTS), ("GET", f"{PROMPTS}/{'0' * 32}"), ("POST", MESSAGES), ("GET", "/v1/else")]
)
@pytest.mark.parametrize("key", [None, "Bearer", "Bearer another", f"Basic {KEY}", KEY, "Bearer \xff"])
def test_without_the_key_nothing_is_done(money: Money, method: str, path: str, key: str | None) -> None:
    content = wish() if method == "POST" else None
    status, said = call(money, method, path, content, headers={} if key is None else {"Authorization": key})

    assert (status, said["error"]) == (401, "unauthorized")


def test_a_reference_is_good_for_one_prompt(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "pays")
    merchant.waits_for(1)

    for again in (sent, sent | {"phone": any_phone(), "amount": 1}):
        status, content = call(money, "POST", PROMPTS, again)
        assert (status, content["error"]) == (409, "reference_used")
    assert len(money.prompts(sent["phone"])) == 1


def test_a_phone_with_an_open_prompt_is_busy(money: Money, merchant: Merchant) -> None:
    sent = ask(money, merchant.url, "silent")

    status, content = call(money, "POST", PROMPTS, wish(merchant.url, phone=sent["phone"]))
    assert (status, content["error"]) == (422, "phone_busy")
    assert call(money, "POST", PROMPTS, wish(merchant.url, phone=any_phone("2")))[0] == 202


def test_a_query_is_limited_for_each_reference(money: Money, merchant: Merchant) -> None:
    first, second = ask(money, merchant.url, "silent"), ask(money, merchant.url, "silent")
    for _ in range(5):
        status_of(money, first)

    status, content = call(money, "GET", f"{PROMPTS}/{first['reference']}")
    assert (status, content["error"]) == (429, "too_many")
    assert status_of(money, second)["status"] == "pending"


def test_nothing_is_known_of_a_reference_that_was_not_used(money: Money) -> None:
    for reference in ("0" * 32, "nonsense", "%00"):
        status, content = call(money, "GET", f"{PROMPTS}/{reference}")
        assert (status, content["error"]) == (404, "reference_unknown")


def test_prompts_are_limited() -> None:
    with Money(prompts_per_minute=2) as money:
        assert call(money, "POST", PROMPTS, wish(amount=0))[0] == 400
        assert call(money, "POST", PROMPTS, wish(phone=any_phone("2")))[0] == 202
        status, content = call(money, "POST", PROMPTS, wish())
        assert (status, content["error"]) == (429, "too_many")


def test_the_limits_pass_with_the_minute_and_an_unanswered_prompt_leaves_the_phone() -> None:
    now = 100.0
    network = Network(Config(0, KEY, prompts_per_minute=2), clock=lambda: now)
    sent = wish(phone=AMINA)
    network.decide(AMINA, {"behaviour": "silent"})
    network.ask(sent)
    for _ in range(5):
        network.query(sent["reference"])
    with pytest.raises(RefusedError, match="More than 5"):
        network.query(sent["reference"])
    with pytest.raises(RefusedError, match="open prompt"):
        network.ask(wish(phone=AMINA))
    with pytest.raises(RefusedError, match="More than 2"):
        network.ask(wish())

    now = 160.0
    assert network.query(sent["reference"])["status"] == "pending"
    with pytest.raises(RefusedError, match="open prompt"):
        network.ask(wish(phone=AMINA))

    now = 220.0
    network.ask(wish(phone=AMINA))
    assert [prompt["status"] for prompt in network.seen_on(AMINA)] == ["pending", "pending"]


def test_the_network_forgets_what_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.demo.money.network.PROMPTS_MOST", 2)
    network = Network(Config(0, KEY))
    first, second, third = (network.ask(wish(phone=any_phone("2"))).reference for _ in range(3))

    with pytest.raises(RefusedError):
        network.query(first)
    assert network.query(second)
    assert network.query(third)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "behaviour_unknown"),
        ({"behaviour": "dances"}, "behaviour_unknown"),
        ({"behaviour": ["pays"]}, "behaviour_unknown"),
        ({"behaviour": "pays", "after_seconds": -1}, "after_seconds_invalid"),
        ({"behaviour": "pays", "after_seconds": 3601}, "after_seconds_invalid"),
        ({"behaviour": "pays", "after_seconds": "1"}, "after_seconds_invalid"),
        ({"behaviour": "pays", "after_seconds": True}, "after_seconds_invalid"),
        ({"behaviour": "pays", "after_seconds": float("nan")}, "after_seconds_invalid"),
        ({"behaviour": "pays", "amount": 5}, "amount_invalid"),
        ({"behaviour": "other_amount", "amount": 0}, "amount_invalid"),
        ({"behaviour": "declines", "reason": "rain"}, "reason_unknown"),
        ({"behaviour": "pays", "when": 1}, "field_unknown"),
    ],
)
def test_a_decision_that_cannot_be_is_refused(money: Money, fields: dict[str, Any], code: str) -> None:
    status, content = call(money, "POST", f"/phone/{AMINA}", fields, headers={})

    assert (status, content["error"]) == (400, code)


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("POST", PROMPTS, b"{", 400, "json_invalid"),
        ("POST", PROMPTS, b"[]", 400, "json_invalid"),
        ("POST", PROMPTS, b"\xff", 400, "json_invalid"),
        ("POST", PROMPTS, b"[" * 5000, 400, "json_invalid"),
        ("POST", PROMPTS, b" " * 16385, 413, "too_large"),
        ("POST", PROMPTS, b" " * 300_000, 413, "too_large"),
        ("GET", PROMPTS, None, 405, "method_not_allowed"),
        ("POST", f"{PROMPTS}/{'0' * 32}", b"{}", 405, "method_not_allowed"),
        ("GET", "/v1/nothing", None, 404, "not_found"),
        ("GET", "/nothing", None, 404, "not_found"),
    ],
)
def test_what_cannot_be_read_is_refused(
    money: Money, method: str, path: str, content: bytes | None, status: int, code: str
) -> None:
    found, said = call(money, method, path, content)

    assert (found, said["error"]) == (status, code)


def test_a_request_without_its_length_is_refused(money: Money) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Transfer-Encoding": "chunked"}

    status, content = call(money, "POST", MESSAGES, b"0\r\n\r\n", headers=headers)
    assert (status, content["error"]) == (411, "length_required")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": ""}, "id_missing"),
        ({"id": 5}, "id_missing"),
        ({"to": "0712345678"}, "to_invalid"),
        ({"to": ""}, "to_invalid"),
        ({"body": ""}, "body_invalid"),
        ({"body": " \n"}, "body_invalid"),
        ({"body": "x" * 481}, "body_invalid"),
        ({"body": None}, "body_invalid"),
        ({"sender": "x" * 12}, "sender_invalid"),
        ({"sender": "Café"}, "sender_invalid"),
        ({"sender": None}, "sender_invalid"),
    ],
)
def test_a_message_with_a_wrong_field_is_refused(money: Money, fields: dict[str, Any], code: str) -> None:
    phone = any_phone()
    status, content = call(money, "POST", MESSAGES, text_to(phone, **fields))

    assert (status, content["error"]) == (400, code)
    assert money.sms_to(phone) == []


def test_who_asks_at_the_same_moment_gets_one_prompt(money: Money, merchant: Merchant) -> None:
    sent = wish(merchant.url)
    money.decides(sent["phone"], "silent")
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(call(money, "POST", PROMPTS, sent)[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [202] + [409] * 7


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "not complete or not right"),
        ("{}", "key"),
        ('{"port": 0, "key": "k", "colour": 1}', "colour"),
        ('{"port": "x", "key": "k"}', "port"),
        ('{"port": 70000, "key": "k"}', "port"),
        ('{"port": 0, "key": ""}', "key"),
        ('{"port": 0, "key": "\\n"}', "key"),
        ('{"port": 0, "key": "k", "queries_per_minute": 0}', "queries_per_minute"),
        ('{"port": 0, "key": "k", "repeat_seconds": "1"}', "repeat_seconds"),
        ('{"port": 0, "key": "k", "currencies": 1}', "not complete or not right"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_reason(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Config.from_json(source)


def test_a_configuration_is_read_without_showing_its_key() -> None:
    config = Config.from_json('{"port": 8100, "key": "hush", "currencies": ["KES"]}')

    assert (config.port, config.key, config.currencies) == (8100, "hush", ("KES",))
    assert "hush" not in repr(config)


def test_a_taken_port_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["--port", str(taken.getsockname()[1]), "--key", "k"]) == 1

    assert "The practice money network cannot run" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--port", "0"], ["--config", "x", "--port", "0", "--key", "k"]])
def test_it_is_told_its_port_and_key_in_one_way(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)

    assert "--key" in capsys.readouterr().err

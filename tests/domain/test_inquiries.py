"""Prompts, status queries and callbacks, with the practice money network as a process of its own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from headend.access.models import Voucher
from headend.billing import callbacks, inquiries, payments, prompts, providers, purchases, receipts, rules
from headend.billing.models import Callback, Gateway, Payment, Prompt, Purchase
from headend.billing.rules import Outcome
from headend.customers import customers
from headend.doors.worker import loop
from headend.ledger import accounts
from headend.lib import clock, exchange
from headend.system import waiting
from headend.system.models import Job, State
from tests.kit.billing import payment_of, practice, says, wrong
from tests.kit.money import Money
from tests.kit.verbs import event, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def money() -> Iterator[Money]:
    with Money() as network:
        yield network


@pytest.fixture
def gateway(world: World, money: Money) -> Gateway:
    return practice(world.organization, money.url, money.key)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert wrong() == {}


_phones = iter(range(733_000_100, 733_999_999))


def buy(world: World, gateway: Gateway) -> Purchase:
    """By a phone that the network has not seen: it remembers across tests. Its last digit makes it pay after 3 s."""
    phone = f"+254{next(_phones)}9"[:13]
    return purchases.start(customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=phone, key=phone)


def works(minutes: float = 0) -> None:
    """The worker does all that is ready, so many minutes from now."""
    with clock.at(clock.now() + timedelta(minutes=minutes)):
        loop.run_once()


def test_the_phone_is_asked(world: World, gateway: Gateway, money: Money) -> None:
    purchase = buy(world, gateway)
    payment = payment_of(purchase)
    money.decides(payment.phone, "silent")

    works()

    prompt = Prompt.objects.get()
    payment.refresh_from_db()
    assert (prompt.state, prompt.attempts) == ("sent", 1)
    (asked,) = money.prompts(payment.phone)
    assert (asked["reference"], asked["amount"], asked["currency"]) == (payment.uid.hex, 5_000, "KES")
    assert payment.request_id == asked["request_id"]
    assert payments.callback_url(payment) not in written()


def test_the_callback_is_lost(world: World, gateway: Gateway, money: Money) -> None:
    """The status query after half a minute completes it."""
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "pays_silently")
    works()
    purchase.refresh_from_db()
    assert purchase.state == "waiting"

    works(minutes=0.6)

    purchase.refresh_from_db()
    assert purchase.state == "fulfilled"
    assert Voucher.objects.count() == 1
    works(minutes=120)
    assert Voucher.objects.count() == 1


def test_nobody_answers(world: World, gateway: Gateway, money: Money) -> None:
    """Asked after 30 s, 2 min, 10 min and an hour; then a person must look."""
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "silent")
    works()

    for step, minutes in enumerate((0.6, 2.1, 10.1)):
        job = Job.objects.get(kind="ask_provider", state="queued")
        assert job.payload["step"] == step
        works(minutes)
        assert payment_of(purchase).state == "pending"
    works(minutes=62)

    assert payment_of(purchase).state == "unknown"
    assert "payment.unknown" in happened()
    assert not Job.objects.filter(kind="ask_provider", state="queued").exists()


def test_nobody_answers_and_then_he_does(world: World, gateway: Gateway, money: Money) -> None:
    purchase = buy(world, gateway)
    payment = payment_of(purchase)
    money.decides(payment.phone, "silent")
    works()
    payments.leave_to_a_person(payment=payment)
    payment.refresh_from_db()

    assert callbacks.take(payment=payment, body=says(payment), source="127.0.0.1") is Outcome.CREDIT

    purchase.refresh_from_db()
    assert purchase.state == "fulfilled"


def test_a_decline(world: World, gateway: Gateway, money: Money) -> None:
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "declines")
    works()
    works(minutes=0.6)

    payment = payment_of(purchase)
    assert (payment.state, payment.failure) == ("failed", "cancelled_by_user")
    purchase.refresh_from_db()
    assert purchase.state == "waiting"


def test_another_amount(world: World, gateway: Gateway, money: Money) -> None:
    """A callback with another amount is not believed: the provider is asked, and then his sum counts."""
    purchase = buy(world, gateway)
    payment = payment_of(purchase)
    money.decides(payment.phone, "other_amount", amount=2_500)
    works()
    payment.refresh_from_db()

    outcome = callbacks.take(payment=payment, body=says(payment, amount=4_999), source="127.0.0.1")

    assert outcome is Outcome.ASK
    assert payment_of(purchase).state == "pending"
    works()
    payment = payment_of(purchase)
    assert (payment.state, payment.amount_minor, payment.asked_minor) == ("settled", 2_500, 5_000)
    assert accounts.balance(customer=world.otieno) == 2_500


def test_the_provider_refuses(world: World, money: Money) -> None:
    gateway = practice(world.organization, money.url, "another key")
    purchase = buy(world, gateway)

    works()

    payment = payment_of(purchase)
    assert payment.state == "failed"
    assert Prompt.objects.get().state == "failed"


def test_the_provider_is_not_there(world: World) -> None:
    """What certainly never reached him is sent again, three times in all."""
    purchase = buy(world, practice(world.organization))

    for minutes in (0, 0.2, 0.4):
        works(minutes)

    prompt = Prompt.objects.get()
    assert (prompt.state, prompt.attempts) == ("failed", 3)
    payment = payment_of(purchase)
    assert (payment.state, payment.failure) == ("failed", "unreachable")


def test_he_breaks_off(world: World, gateway: Gateway, money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    """He may have got it: it is never sent again, and he is asked what became of it."""
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.3)
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "unreachable")

    works()

    prompt = Prompt.objects.get()
    assert (prompt.state, prompt.attempts) == ("unknown", 1)
    assert payment_of(purchase).state == "pending"
    assert Job.objects.filter(kind="ask_provider", payload__step=None).exists()


def test_he_drips(world: World, gateway: Gateway, money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause of his is long and his answer has no end: the whole has a limit, too."""
    monkeypatch.setattr(exchange, "WHOLE_SECONDS", 0.4)
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "drips")

    works()

    prompt = Prompt.objects.get()
    assert (prompt.state, prompt.attempts, prompt.error) == ("unknown", 1, "ReadTimeout")
    assert payment_of(purchase).state == "pending"


def test_he_says_too_much(world: World, gateway: Gateway, money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "ANSWER_LARGEST_BYTES", 3)
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "silent")

    works()

    assert (Prompt.objects.get().state, Prompt.objects.get().error) == ("unknown", "DecodingError")


def test_one_provider_leaves_room_for_the_others(world: World, gateway: Gateway) -> None:
    """So many of his prompts are under way at once; those of others are claimed beside them."""
    for _ in range(rules.GATEWAY_AT_ONCE + 2):
        buy(world, gateway)
    other = practice(world.neighbour)
    customer = customers.register(organization=world.neighbour, phone="0733900555", by=None)
    later = payments.top_up(customer=customer, gateway=other, phone=customer.phone, amount_minor=100, key="k")
    now = clock.now()

    claimed = [prompts.claim(owner=f"thread {number}", now=now) for number in range(rules.GATEWAY_AT_ONCE + 2)]

    found = [prompt for prompt in claimed if prompt is not None]
    assert len(found) == rules.GATEWAY_AT_ONCE + 1
    assert [prompt.payment for prompt in found].count(later) == 1
    # One is done: there is room for the next.
    first = next(prompt for prompt in found if prompt.payment != later)
    waiting.finish(first, state=State.SENT)
    assert prompts.claim(owner="next", now=now) is not None
    assert prompts.claim(owner="none", now=now) is None


def test_questions_leave_room_for_other_providers(
    world: World, gateway: Gateway, money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = payment_of(buy(world, gateway))
    monkeypatch.setitem(inquiries._asking, gateway.pk, rules.GATEWAY_AT_ONCE)
    Job.objects.all().delete()

    inquiries.ask(payment_id=payment.pk, step=0)

    # Nothing was asked and nothing is lost.
    job = Job.objects.get()
    assert (job.kind, job.payload) == ("ask_provider", {"payment_id": payment.pk, "step": 0})
    assert job.next_at > clock.now()
    assert money.prompts(payment.phone) == []
    monkeypatch.setitem(inquiries._asking, gateway.pk, 0)
    inquiries.ask(payment_id=payment.pk, step=0)
    assert inquiries._asking[gateway.pk] == 0


def test_the_worker_dies_in_the_middle(world: World, gateway: Gateway, money: Money) -> None:
    purchase = buy(world, gateway)
    assert prompts.claim(owner="dead", now=clock.now()) is not None

    works(minutes=0.55)

    assert Prompt.objects.get().state == "unknown"
    assert money.prompts(payment_of(purchase).phone) == []


def test_a_callback_is_kept_before_it_is_believed(world: World, gateway: Gateway) -> None:
    payment = payment_of(buy(world, gateway))

    outcome = callbacks.take(payment=payment, body=b"{nonsense\0\xff", source="127.0.0.1")

    assert outcome is Outcome.UNREADABLE
    kept = Callback.objects.get()
    assert (kept.outcome, kept.payment) == ("unreadable", payment)
    assert kept.body.startswith("{nonsense")
    assert payment_of(Purchase.objects.get()).state == "pending"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"7",
        b'{"status":"paid"}',
        b'{"status":["paid"]}',
        b'{"status":"paid","amount":true}',
        b'{"status":"paid","amount":5000,"receipt":"\\ud800"}',
        b'{"status":"paid","amount":5000,"receipt":"\\u0000"}',
        b'{"status":"paid","amount":99999999999999999999}',
        b'{"status":"paid","amount":-5000,"receipt":"PM1"}',
        b"[" * 9000,
    ],
)
def test_callbacks_that_say_nothing(world: World, gateway: Gateway, body: bytes) -> None:
    payment = payment_of(buy(world, gateway))

    assert callbacks.take(payment=payment, body=body, source="127.0.0.1") is Outcome.UNREADABLE
    assert Payment.objects.get().state == "pending"


def test_a_callback_twice(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    payment = payment_of(purchase)

    outcomes = [callbacks.take(payment=payment, body=says(payment), source="127.0.0.1") for _ in range(2)]

    assert outcomes == [Outcome.CREDIT, Outcome.CREDIT]
    assert Voucher.objects.count() == 1
    assert Callback.objects.count() == 2


def test_a_callback_declines_what_is_settled(world: World, gateway: Gateway) -> None:
    payment = payment_of(buy(world, gateway))
    callbacks.take(payment=payment, body=says(payment), source="127.0.0.1")
    payment.refresh_from_db()

    callbacks.take(payment=payment, body=says(payment, status="declined", receipt=None), source="127.0.0.1")
    works()

    payment.refresh_from_db()
    assert payment.state == "settled"


def test_asked_by_staff(world: World, gateway: Gateway, money: Money) -> None:
    purchase = buy(world, gateway)
    payment = payment_of(purchase)
    money.decides(payment.phone, "pays_silently")
    works()
    assert inquiries.is_askable(payment)

    inquiries.ask_now(payment=payment, by=world.staff["cashier"].staff)
    works()

    payment.refresh_from_db()
    assert payment.state == "settled"
    assert event("payment.inquired").staff == world.staff["cashier"].staff
    assert not inquiries.is_askable(payment)
    with refused("payment_not_askable"):
        inquiries.ask_now(payment=payment, by=None)


def test_questions_that_were_lost(world: World, gateway: Gateway, money: Money) -> None:
    purchase = buy(world, gateway)
    money.decides(payment_of(purchase).phone, "pays_silently")
    works()
    Job.objects.all().delete()
    assert inquiries.sweep() == 0

    with clock.at(clock.now() + timedelta(hours=2)):
        assert inquiries.sweep() == 1
        loop.run_once()

    assert payment_of(purchase).state == "settled"


def test_a_prompt_that_is_too_old_is_not_sent(world: World, gateway: Gateway, money: Money) -> None:
    """The worker was down: nobody waits for it any more."""
    payment = payment_of(buy(world, gateway))

    works(minutes=5)

    payment.refresh_from_db()
    assert (payment.state, payment.failure) == ("failed", "expired")
    assert money.prompts(payment.phone) == []


def test_a_provider_that_takes_it_back_is_heard(world: World, gateway: Gateway, money: Money) -> None:
    payment = payment_of(buy(world, gateway))
    money.decides(payment.phone, "declines")
    works()
    callbacks.take(payment=payment, body=says(payment), source="127.0.0.1")

    inquiries.ask(payment_id=payment.pk, step=None)

    payment.refresh_from_db()
    assert payment.state == "settled"
    assert event("payment.conflict").payload["reason"] == "declined"


def test_a_receipt_that_settled_another_payment(world: World, gateway: Gateway, money: Money) -> None:
    """The question ends, a person looks, and the payments after it are asked about all the same."""
    first, second = payment_of(buy(world, gateway)), payment_of(buy(world, gateway))
    for payment in (first, second):
        money.decides(payment.phone, "pays_silently")
    works()
    receipt = money.prompts(first.phone)[0]["receipt"]
    receipts.take(customer=world.otieno, method="mobile", amount_minor=100, key="t", by=None, reference=receipt)
    Job.objects.all().delete()

    with clock.at(clock.now() + timedelta(hours=2)):
        assert inquiries.sweep() == 2
        loop.run_once()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("unknown", "settled")


def test_addresses_are_of_one_payment(world: World, gateway: Gateway) -> None:
    payment = payment_of(buy(world, gateway))
    token = payments.callback_url(payment).rstrip("/").rpartition("/")[2]

    assert payments.by_token(kind="fake", token=token) == payment
    assert payments.by_token(kind="other", token=token) is None
    assert payments.by_token(kind="fake", token=token[:-1]) is None
    assert payments.by_token(kind="fake", token=payment.uid.hex) is None
    assert payments.by_token(kind="fake", token="") is None


def test_gateways(world: World, gateway: Gateway) -> None:
    assert providers.of(world.organization) == [gateway]
    assert providers.of(world.neighbour) == []
    Gateway.objects.update(is_active=False)
    assert providers.of(world.organization) == []
    assert b"practice-key" not in bytes(gateway.key_sealed)
    assert not waiting.is_anything_ready(Prompt, clock.now())


def test_old_callbacks_are_forgotten(world: World, gateway: Gateway) -> None:
    payment = payment_of(buy(world, gateway))
    callbacks.take(payment=payment, body=b"{}", source="127.0.0.1")
    assert callbacks.forget() == 0
    with clock.at(clock.now() + timedelta(days=91)):
        assert callbacks.forget() == 1

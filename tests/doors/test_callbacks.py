"""What a provider sends us over HTTP, at the address that was made for one payment."""

import json
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from headend.access import plans
from headend.access.models import Voucher
from headend.billing import callbacks, payments, purchases
from headend.billing.models import Callback, Payment, Purchase
from headend.doors.callbacks import views
from headend.ledger import accounts
from headend.system.models import Job
from tests.kit.billing import PHONE, payment_of, practice, says, wrong
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(world: World) -> Payment:
    """Otieno's phone is asked for 50 shillings; the provider has answered our request."""
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=practice(world.organization), phone=PHONE, key="k"
    )
    Payment.objects.update(request_id="pm_1")
    return payment_of(purchase)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    """Whatever a provider says, the audit is clean after it."""
    yield
    assert wrong() == {}


def place(payment: Payment) -> str:
    return "/callbacks/" + payments.callback_url(payment).partition("/callbacks/")[2]


def send(payment: Payment, body: bytes | None = None, **changes: Any) -> int:
    """Posts a callback to the payment's address; what it answers."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    content = says(payment, **changes) if body is None else body
    return client.post(place(payment), content, content_type="application/json").status_code


def state(payment: Payment) -> str:
    return str(Payment.objects.get(pk=payment.pk).state)


def outcomes() -> list[str]:
    return list(Callback.objects.order_by("pk").values_list("outcome", flat=True))


def asked() -> int:
    """How many questions wait that the callback caused, beside the planned one."""
    return Job.objects.filter(kind="ask_provider", payload__step=None).count()


def test_it_works(payment: Payment) -> None:
    response = Client().post(place(payment), says(payment), content_type="application/json", REMOTE_ADDR="127.0.0.9")

    assert (response.status_code, json.loads(response.content)) == (200, {})
    assert state(payment) == "settled"
    assert Purchase.objects.get().state == "fulfilled"
    kept = Callback.objects.get()
    assert (kept.payment, kept.source, kept.outcome) == (payment, "127.0.0.9", "credit")
    assert kept.body.encode() == says(payment)


def test_declined(payment: Payment) -> None:
    assert send(payment, status="declined", receipt=None, reason="cancelled_by_user") == 200

    failed = Payment.objects.get()
    assert (failed.state, failed.failure) == ("failed", "cancelled_by_user")
    assert not Voucher.objects.exists()


def test_twice_is_once(world: World, payment: Payment) -> None:
    assert [send(payment), send(payment)] == [200, 200]

    assert Voucher.objects.count() == 1
    assert accounts.balance(customer=world.otieno) == 0
    assert outcomes() == ["credit", "credit"]


def test_before_the_answer_to_our_own_request(payment: Payment) -> None:
    Payment.objects.update(request_id="")

    assert send(payment, request_id="pm_77") == 200

    settled = Payment.objects.get()
    assert (settled.state, settled.request_id) == ("settled", "pm_77")


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 2_500},
        {"currency": "UGX"},
        {"request_id": "pm_other"},
        {"reference": "0" * 32},
        {"receipt": None},
        {"status": "pending"},
    ],
)
def test_what_is_off_is_asked_about(payment: Payment, changes: dict[str, Any]) -> None:
    assert send(payment, **changes) == 200

    assert state(payment) == "pending"
    assert asked() == 1
    assert outcomes() == ["ask"]


def test_bad_news_after_good_is_asked_about(payment: Payment) -> None:
    send(payment)

    assert send(payment, status="declined") == 200

    assert state(payment) == "settled"
    assert asked() == 1


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"paid"', b"\xff\x00", b"[" * 10_000, b'{"status": "paid"}'])
def test_what_cannot_be_read_is_kept(payment: Payment, body: bytes) -> None:
    assert send(payment, body) == 200

    assert state(payment) == "pending"
    assert outcomes() == ["unreadable"]


def test_a_body_has_a_limit(payment: Payment) -> None:
    exact = says(payment).ljust(callbacks.BODY_LARGEST_BYTES)
    assert send(payment, exact + b" ") == 413
    assert not Callback.objects.exists()
    assert send(payment, exact) == 200
    assert state(payment) == "settled"


def test_an_address_that_was_made_up(payment: Payment) -> None:
    genuine = place(payment)
    uid = payment.uid.hex
    changed = "A" if genuine[-2] != "A" else "B"
    for address in (
        f"{genuine[:-2]}{changed}/",
        f"/callbacks/fake/{uid}/",
        f"/callbacks/fake/{uid}.x/",
        "/callbacks/fake/x/",
        genuine.replace("/fake/", "/mpesa/"),
    ):
        assert Client().post(address, says(payment), content_type="application/json").status_code == 404
    assert state(payment) == "pending"
    assert not Callback.objects.exists()


def test_made_up_addresses_are_limited_and_true_ones_are_not(payment: Payment, monkeypatch: Any) -> None:
    monkeypatch.setattr(views, "FORGED_MOST", 3)
    client = Client()

    answers = [client.post("/callbacks/fake/x/", b"{}", content_type="application/json").status_code for _ in range(5)]

    assert answers == [404, 404, 404, 429, 429]
    assert client.post("/callbacks/fake/x/", REMOTE_ADDR="127.0.0.9").status_code == 404
    assert send(payment) == 200
    assert state(payment) == "settled"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_it_is_only_posted_to(payment: Payment, method: str) -> None:
    assert Client().generic(method, place(payment)).status_code == 405


def test_a_payment_of_another_organization(world: World, payment: Payment) -> None:
    """The address says whose payment it is: what is said of another one there moves neither."""
    theirs = purchases.start_as_guest(
        organization=world.neighbour,
        plan=_plan_of_neighbour(world),
        gateway=practice(world.neighbour),
        phone="0733000111",
        key="k",
    )
    other = payment_of(theirs)

    assert send(payment, reference=other.uid.hex) == 200
    assert (state(payment), state(other)) == ("pending", "pending")
    # One receipt code of theirs is none of ours.
    assert [send(payment), send(other)] == [200, 200]
    assert (state(payment), state(other)) == ("settled", "settled")
    assert {kept.organization_id for kept in Callback.objects.filter(payment=other)} == {world.neighbour.pk}


def test_a_receipt_that_settled_another_payment(world: World, payment: Payment) -> None:
    second = purchases.start(
        customer=world.otieno,
        plan=world.day_pass,
        gateway=world.organization.gateway_set.get(),
        phone="0733000111",
        key="second",
    )
    send(payment)

    assert send(payment_of(second)) == 200

    assert state(payment_of(second)) == "pending"
    assert Voucher.objects.count() == 1


def test_trouble_of_ours_is_told_so_that_it_comes_again(payment: Payment) -> None:
    with connection.execute_wrapper(_break):
        assert send(payment) == 500
    assert state(payment) == "pending"

    assert send(payment) == 200
    assert state(payment) == "settled"


def test_it_is_quick(payment: Payment) -> None:
    send(payment)
    with CaptureQueriesContext(connection) as queries:
        send(payment)
    assert len(queries) <= 15


def _plan_of_neighbour(world: World) -> Any:
    return plans.add(
        organization=world.neighbour,
        by=None,
        name="Day",
        connection_type="hotspot",
        price_minor=5_000,
        download_kbps=1,
        upload_kbps=1,
        validity_count=1,
        validity_unit="days",
    )


def _break(execute: Any, sql: str, *rest: Any) -> Any:
    """The database does not take entries of the ledger for a moment."""
    if sql.startswith("INSERT") and "ledger_entry" in sql:
        raise OperationalError("database is locked")
    return execute(sql, *rest)

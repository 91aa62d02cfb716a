"""Payments in the console: listed, found, looked into, and asked about."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from headend.billing import callbacks, inquiries, payments, purchases, receipts
from headend.billing.models import Callback, Gateway, Payment, Purchase
from headend.lib import clock
from headend.lib.refused import Refused
from headend.system.models import Event, Job
from tests.kit import billing, console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["cashier"])


@pytest.fixture
def gateway(world: World) -> Gateway:
    return billing.practice(world.organization)


def page(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def start(
    world: World, gateway: Gateway, name: str = "grace", phone: str = "0722418903", *, key: str = "k"
) -> Purchase:
    return purchases.start(
        customer=world.customers[name], plan=world.day_pass, gateway=gateway, phone=phone, key=f"{name}{key}"
    )


def shown(client: Client, query: str = "") -> list[str]:
    """The customers and states of the payments that the list shows, in its order."""
    rows = client.get(f"{BASE}payments/{query}").context["page"].rows
    return [f"{row.customer.first_name.split()[0]} {row.state}" for row in rows]


@pytest.fixture
def mixed(world: World, gateway: Gateway) -> dict[str, Payment]:
    """A payment of each state, oldest first."""
    settled = receipts.take(
        customer=world.otieno, method="bank", amount_minor=250_000, key="a", by=None, reference="FT26326-0091"
    )
    unfulfilled = billing.payment_of(console.unfulfilled(world))
    failed, unknown, pending = (
        billing.payment_of(start(world, gateway, name, phone))
        for name, phone in (("neema", "0768274519"), ("grace", "0722418903"), ("otieno", "0712345678"))
    )
    payments.fail(payment=failed, reason="cancelled_by_user")
    payments.leave_to_a_person(payment=unknown)
    made = {"settled": settled, "unfulfilled": unfulfilled, "failed": failed, "unknown": unknown, "pending": pending}
    for number, payment in enumerate(made.values()):
        Payment.objects.filter(pk=payment.pk).update(created_at=clock.now() - timedelta(minutes=30 - number))
    for payment in made.values():
        payment.refresh_from_db()
    return made


def test_the_list(world: World, client: Client, mixed: dict[str, Payment]) -> None:
    assert shown(client) == ["Otieno pending", "Grace unknown", "Neema failed", "Otieno settled", "Otieno settled"]
    text = page(client, "payments/")
    for part in ("Amount, KES", ">2,500.00<", "Bank", "FT263260091", "Mobile money", "Practice money", "PM7K2Q0001"):
        assert part in text
    # Each state is an icon and a word.
    for icon, word in (("clock", "Waiting"), ("circle-check", "Settled"), ("circle-x", "Failed")):
        assert f'icons.svg#{icon}"/></svg>{word}</span>' in text
    assert "Not carried out</span>" in text
    assert f'href="{BASE}payments/"' in page(client, "")


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("pending", ["Otieno pending"]),
        ("settled", ["Otieno settled", "Otieno settled"]),
        ("failed", ["Neema failed"]),
        ("unknown", ["Grace unknown"]),
        ("unfulfilled", ["Otieno settled"]),
    ],
)
def test_the_list_by_state(client: Client, mixed: dict[str, Payment], state: str, found: list[str]) -> None:
    assert shown(client, f"?state={state}") == found
    assert len(shown(client, "?state=paid")) == 5


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ft 26326 0091", ["Otieno settled"]),
        ("pm7k2q0001", ["Otieno settled"]),
        ("0722 418 903", ["Grace unknown"]),
        ("+254768274519", ["Neema failed"]),
        # By the customer's own phone too, whoever paid.
        ("0712345678", ["Otieno pending", "Otieno settled", "Otieno settled"]),
        ("PM7K", []),
        ("", ["Otieno pending", "Grace unknown", "Neema failed", "Otieno settled", "Otieno settled"]),
    ],
)
def test_the_search(client: Client, mixed: dict[str, Payment], query: str, found: list[str]) -> None:
    assert [row.split()[0] for row in shown(client, f"?q={query.replace('+', '%2B')}")] == [
        row.split()[0] for row in found
    ]


def test_a_search_within_a_state(client: Client, mixed: dict[str, Payment]) -> None:
    assert shown(client, "?state=pending&q=0712345678") == ["Otieno pending"]
    assert "No payment is found by “FT99”." in page(client, "payments/?q=FT99")


def test_nothing_yet(client: Client) -> None:
    assert "No payments yet." in page(client, "payments/")
    assert "Of every payment we know what became of it." in page(client, "payments/?state=unknown")


def test_ones_own_payments_only(world: World, mixed: dict[str, Payment]) -> None:
    neighbour = console.client_of(world.neighbour_staff["owner"])
    for query in ("", "?q=FT263260091", "?q=%2B254712345678", "?state=unfulfilled"):
        assert neighbour.get(f"/acacia/console/payments/{query}").context["page"].rows == []
    assert neighbour.get("/acacia/console/").context["red_lines"].unfulfilled == []


def test_a_page_holds_fifty(world: World, client: Client) -> None:
    for number in range(60):
        receipts.take(customer=world.otieno, method="cash", amount_minor=100, key=str(number), by=None)
    assert "1 to 50 of 60" in page(client, "payments/")
    assert "51 to 60 of 60" in page(client, "payments/?page=2")


# One payment


def test_a_settled_payment(world: World, client: Client, gateway: Gateway) -> None:
    purchase = start(world, gateway)
    payment = billing.payment_of(purchase)
    for _ in range(2):
        callbacks.take(payment=payment, body=billing.says(payment), source="41.90.1.2")
    purchase.refresh_from_db()
    assert purchase.voucher is not None

    text = page(client, f"payments/{payment.pk}/")

    for part in ("KES 50.00", "Settled", "PM7K2Q9XAB", "0722 418903", payment.uid.hex, "Practice money"):
        assert part in text
    assert f'href="{BASE}vouchers/{purchase.voucher.pk}/">••••-••{purchase.voucher.code[-2:]}</a>' in text
    assert text.count("Believed: it was paid") == 2
    assert text.count("41.90.1.2") == 2
    assert "&quot;status&quot;: &quot;paid&quot;" in text
    assert text.index("Day pass bought for KES 50.00") < text.index("The phone was asked to pay KES 50.00")
    assert "Ask the provider" not in text


def test_cash_has_no_provider(world: World, client: Client) -> None:
    cashier = world.staff["cashier"].staff
    payment = receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="a", by=cashier)
    text = page(client, f"payments/{payment.pk}/")
    assert "Cashier of Baobab Net" in text
    assert "What the provider sent" not in text
    assert "Ask the provider" not in text
    asked = client.post(f"{BASE}payments/{payment.pk}/inquiry/", follow=True).content.decode()
    assert "The provider can only be asked about payments by mobile money that are not settled." in asked


@pytest.mark.parametrize(
    ("body", "outcome"),
    [(b"{", "Could not be read"), (b'{"status": "paid"}', "Could not be read"), (None, "Not as we asked")],
)
def test_what_was_heard_and_not_believed(
    world: World, client: Client, gateway: Gateway, body: bytes | None, outcome: str
) -> None:
    payment = billing.payment_of(start(world, gateway))
    callbacks.take(payment=payment, body=body or billing.says(payment, amount=1), source="<b>41</b>")
    text = page(client, f"payments/{payment.pk}/")
    assert outcome in text
    assert "<b>41</b>" not in text
    Callback.objects.update(outcome="")
    assert "Received, and not looked at" in page(client, f"payments/{payment.pk}/")


def test_why_it_failed_is_said(client: Client, mixed: dict[str, Payment]) -> None:
    text = page(client, f"payments/{mixed['failed'].pk}/")
    assert "The payment was cancelled on the phone." in text
    assert "Payment of KES 50.00 failed: The payment was cancelled on the phone." in text
    assert "Not paid</span>" in text
    # The customer may be right all the same.
    assert "Ask the provider" in text
    Payment.objects.filter(pk=mixed["failed"].pk).update(failure="E_4711")
    assert "The payment did not go through." in page(client, f"payments/{mixed['failed'].pk}/")


def test_an_unknown_payment_is_a_red_line(world: World, client: Client, mixed: dict[str, Payment]) -> None:
    payment = mixed["unknown"]
    words = "We do not know whether Grace Wanjiru Mwangi paid KES 50.00."
    for place in ("", f"customers/{world.customers['grace'].pk}/"):
        text = page(client, place)
        assert words in text
        assert f'href="{BASE}payments/{payment.pk}/"' in text
        assert f'action="{BASE}payments/{payment.pk}/inquiry/"' in text
    # On its own page the button stands once.
    own = page(client, f"payments/{payment.pk}/")
    assert words in own
    assert own.count("Ask the provider</button>") == 1
    assert words not in page(client, f"customers/{world.otieno.pk}/")


def test_asking_the_provider(world: World, client: Client, mixed: dict[str, Payment]) -> None:
    payment = mixed["unknown"]
    Job.objects.all().delete()
    place = f"{BASE}payments/{payment.pk}/"

    text = client.post(f"{place}inquiry/", follow=True).content.decode().replace("\N{NO-BREAK SPACE}", " ")

    assert "The provider is asked." in text
    assert "The provider was asked about KES 50.00, by Cashier of Baobab Net" in text
    job = Job.objects.get(kind="ask_provider")
    assert job.payload == {"payment_id": payment.pk, "step": None}
    # A second press is the same question.
    client.post(f"{place}inquiry/")
    assert Job.objects.filter(kind="ask_provider").count() == 1
    assert client.get(f"{place}inquiry/").status_code == 404


def test_the_red_line_goes_with_the_answer(world: World, client: Client, mixed: dict[str, Payment]) -> None:
    receipts.receive(payment=mixed["unknown"], receipt_code="PMLATE", amount_minor=5_000)
    assert "We do not know" not in page(client, "")
    assert "PMLATE" in page(client, f"payments/{mixed['unknown'].pk}/")


def test_support_sees_and_asks_nobody(world: World, mixed: dict[str, Payment]) -> None:
    support = console.client_of(world.staff["support"])
    for place in ("", "payments/", f"payments/{mixed['unknown'].pk}/"):
        assert "/inquiry/" not in page(support, place)
    assert support.post(f"{BASE}payments/{mixed['unknown'].pk}/inquiry/").status_code == 403
    assert not Event.objects.filter(kind="payment.inquired").exists()


def test_every_kind_of_event_of_money_has_its_words(world: World, client: Client, gateway: Gateway) -> None:
    payment = billing.payment_of(start(world, gateway))
    inquiries.ask_now(payment=payment, by=None)
    payments.leave_to_a_person(payment=payment)
    receipts.receive(payment=payment, receipt_code="PM1", amount_minor=5_000)
    with pytest.raises(Refused):
        receipts.receive(payment=payment, receipt_code="PM2", amount_minor=9_000)
    lines = [line.text.replace("\N{NO-BREAK SPACE}", " ") for line in timeline_of(client, payment)]
    assert lines == [
        "A receipt PM2 over KES 90.00 came that does not fit the payment; nothing was changed",
        "Day pass bought for KES 50.00",
        "KES 50.00 received: Mobile money PM1",
        "The provider does not say whether KES 50.00 was paid",
        "The provider was asked about KES 50.00",
        "The phone was asked to pay KES 50.00",
    ]


def timeline_of(client: Client, payment: Payment) -> Any:
    return client.get(f"{BASE}payments/{payment.pk}/").context["timeline"]

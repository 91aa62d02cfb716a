"""Money in the console: taken, spent from the wallet, and what stays red until somebody acts."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access import plans, subscriptions
from headend.access.models import Subscription, Voucher
from headend.billing import purchases, receipts
from headend.billing.models import Payment
from headend.customers import suspensions
from headend.desk import removals
from headend.ledger import accounts
from headend.lib import clock
from headend.messaging import carriers, notices
from headend.messaging.models import Message
from tests.kit import billing, console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"
INSUFFICIENT = "Insufficient balance to assign this plan. Available balance: 20, required: 50"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["cashier"])


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    """Whatever a page does with money, the audit is clean after it."""
    yield
    assert billing.wrong() == {}


def page(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def hub(world: World, client: Client) -> str:
    return page(client, f"customers/{world.otieno.pk}/")


def add(world: World, client: Client, **values: object) -> str:
    """*Add Payment* for Otieno: the page that it leads to, or the form with what is to be mended."""
    place = f"{BASE}customers/{world.otieno.pk}/payments/add/"
    response = client.post(place, {"amount": "50", "method": "cash", **values}, follow=True)
    return console.words(response)


def give(world: World, amount_minor: int, key: str = "given") -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=amount_minor, key=key, by=None)


def balance(world: World) -> int:
    return accounts.balance(customer=world.otieno)


def token_of(text: str) -> str:
    return text.split('name="form_token" value="')[1].split('"', maxsplit=1)[0]


# Add Payment


def test_a_payment_into_the_wallet(world: World, client: Client) -> None:
    form = page(client, f"customers/{world.otieno.pk}/payments/add/")
    assert "Keep in the wallet" in form
    assert "Renew Home 10M" in form

    text = add(world, client, amount="1,250.50")

    assert "KES 1,250.50 of Otieno Ouma is received. It is in the wallet." in text
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.method, payment.state) == (125_050, "cash", "settled")
    assert payment.taken_by == world.staff["cashier"].staff
    assert balance(world) == 125_050
    assert "KES 1,250.50" in text.split("Balance</h2>")[1].split("</section>")[0]
    assert "Payment, cash" in text
    assert "KES 1,250.50 received: Cash, by Cashier of Baobab Net" in text


def test_a_payment_that_renews(world: World, client: Client) -> None:
    before = world.otieno_home.expires_at
    text = add(
        world, client, amount="2500", method="mobile", reference="qjk4-r81x q2", subscription=world.otieno_home.pk
    )

    assert "KES 2,500.00 of Otieno Ouma is received. Home 10M is renewed." in text
    world.otieno_home.refresh_from_db()
    assert before is not None
    assert world.otieno_home.expires_at is not None
    assert world.otieno_home.expires_at > before
    assert (Payment.objects.get().receipt_code, balance(world)) == ("QJK4R81XQ2", 0)
    assert "did not get it" not in text
    assert "Purchase of Home 10M" in text


def test_a_renewal_that_a_link_chose(world: World, client: Client) -> None:
    place = f"customers/{world.otieno.pk}/payments/add/"
    chosen = page(client, f"{place}?for={world.otieno_home.pk}")
    assert 'value="2500.00"' in chosen
    assert f'value="{world.otieno_home.pk}" id="id_subscription_1" checked' in " ".join(chosen.split())
    # What is none of his chooses nothing: then it is what is due.
    Subscription.objects.filter(pk=world.otieno_home.pk).update(price_minor=120_000)
    for other in (world.subscriptions["grace"].pk, "x", 10**30):
        assert 'value="1200.00"' in page(client, f"{place}?for={other}")


def test_what_is_too_little_stays_in_the_wallet_with_a_red_line(world: World, client: Client) -> None:
    text = add(world, client, amount="1000", subscription=world.otieno_home.pk)

    assert "It stays in the wallet: Home 10M could not be renewed." in text
    assert "Otieno Ouma paid for Home 10M, and it was not renewed." in text
    assert "The price is KES 2,500.00, and there was not so much in the wallet." in text
    assert "KES 1,000.00 is in the wallet." in text
    assert balance(world) == 100_000


def test_a_suspended_customer_pays_and_gets_nothing_yet(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    assert "Nothing can be renewed now." in page(client, f"customers/{world.otieno.pk}/payments/add/")

    text = add(world, client, amount="2500", subscription=world.otieno_home.pk)

    assert "This customer is disabled, suspended or deleted: nothing is sold until that is lifted." in text
    assert balance(world) == 250_000


@pytest.mark.parametrize(
    ("values", "field", "text"),
    [
        ({"amount": ""}, "amount", "Please fill this in."),
        ({"amount": "2,50"}, "amount", "This is not an amount of KES."),
        ({"amount": "2.500"}, "amount", "2.500 can be read in two ways. Type 2500 or 2.50."),
        ({"amount": "-5"}, "amount", "This is not an amount of KES."),
        ({"amount": "0"}, "amount", "Give an amount above zero."),
        ({"method": "bank"}, "reference", "Give the reference: only cash has none."),
        ({"method": "cheque", "reference": " - "}, "reference", "Give the reference: only cash has none."),
        ({"method": "barter"}, "method", "Choose one of these."),
        ({"subscription": "999999"}, "subscription", "Choose one of these."),
    ],
)
def test_what_is_refused_stands_beside_its_field(
    world: World, client: Client, values: dict[str, str], field: str, text: str
) -> None:
    response = client.post(
        f"{BASE}customers/{world.otieno.pk}/payments/add/", {"amount": "50", "method": "cash", **values}
    )
    assert response.status_code == 400
    assert text in str(response.context["form"].errors[field])
    assert not Payment.objects.exists()


def test_a_reference_counts_once(world: World, client: Client) -> None:
    add(world, client, method="mobile", reference="QJK4R81XQ2")
    text = add(world, client, method="mobile", reference="qjk4r81xq2")
    assert "The reference QJK4R81XQ2 was received before, from Otieno Ouma (BN-100001)." in text
    assert balance(world) == 5_000


def test_cash_has_no_reference(world: World, client: Client) -> None:
    add(world, client, reference="typed before cash was chosen")
    assert Payment.objects.get().receipt_code == ""


def test_no_renewal_of_somebody_else(world: World, client: Client) -> None:
    text = add(world, client, amount="2500", subscription=world.subscriptions["grace"].pk)
    assert "Choose one of these." in text
    assert not Payment.objects.exists()


def test_a_second_press_takes_nothing_more(world: World, client: Client) -> None:
    place = f"{BASE}customers/{world.otieno.pk}/payments/add/"
    values = {"amount": "50", "method": "cash", "form_token": token_of(client.get(place).content.decode())}
    first, second = client.post(place, values), client.post(place, values)
    assert second["Location"] == first["Location"] == f"{BASE}customers/{world.otieno.pk}/"
    assert Payment.objects.count() == 1
    assert "That was saved already." in hub(world, client)
    # Also where the session has forgotten it.
    again = console.client_of(world.staff["owner"])
    again.post(place, values)
    assert balance(world) == 5_000


def test_a_deleted_customer_is_undeleted_first(world: World, client: Client) -> None:
    removals.delete(customer=world.otieno, by=None)
    assert "This customer is deleted: undelete first." in add(world, client)
    assert "payments/add/" not in hub(world, client)
    assert not Payment.objects.exists()


# Buy Voucher


def buy(world: World, client: Client, **values: object) -> str:
    place = f"{BASE}customers/{world.otieno.pk}/vouchers/add/"
    return client.post(place, {"plan": world.day_pass.pk, **values}, follow=True).content.decode()


def test_a_voucher_from_the_wallet(world: World, client: Client) -> None:
    give(world, 12_000)
    form = page(client, f"customers/{world.otieno.pk}/vouchers/add/")
    assert "KES 120.00 is in it." in form
    assert "Day pass" in form
    # Only hotspot plans make vouchers.
    assert "Home 10M" not in form

    text = buy(world, client)

    voucher = Voucher.objects.get()
    # Not as a toast, which goes by itself: the code has to be read out or copied. At its dash it breaks on no phone.
    assert f'Day pass is bought: code <strong class="mono nowrap">{voucher.code}</strong>.' in text
    assert 'class="toast"' not in text
    assert voucher.customer == world.otieno
    assert balance(world) == 7_000
    listed = hub(world, client)
    assert f'href="{BASE}vouchers/{voucher.pk}/"' in listed
    assert "Purchase of Day pass" in listed
    assert f"Voucher ••••-••{voucher.code[-2:]} of Day pass issued, by Cashier of Baobab Net" in listed


def test_a_wallet_that_is_short_buys_nothing(world: World, client: Client) -> None:
    give(world, 2_000)
    response = client.post(f"{BASE}customers/{world.otieno.pk}/vouchers/add/", {"plan": world.day_pass.pk})
    assert response.status_code == 400
    assert response.context["form"].errors["plan"] == [INSUFFICIENT]
    assert not Voucher.objects.exists()
    assert balance(world) == 2_000


@pytest.mark.parametrize("plan", ["", "home", "retired"])
def test_a_plan_that_is_not_sold(world: World, client: Client, plan: str) -> None:
    give(world, 500_000)
    chosen = {"": "", "home": str(world.home_10m.pk), "retired": str(world.day_pass.pk)}[plan]
    if plan == "retired":
        plans.retire(plan=world.day_pass, by=None)
        assert "There is no hotspot plan to sell." in page(client, f"customers/{world.otieno.pk}/vouchers/add/")
    response = client.post(f"{BASE}customers/{world.otieno.pk}/vouchers/add/", {"plan": chosen})
    assert response.status_code == 400
    assert not Voucher.objects.exists()


def test_nothing_is_sold_to_who_is_disabled(world: World, client: Client) -> None:
    give(world, 500_000)
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    assert "nothing is sold until that is lifted" in buy(world, client)
    assert not Voucher.objects.exists()


def test_a_second_press_buys_no_second_voucher(world: World, client: Client) -> None:
    give(world, 500_000)
    token = token_of(page(client, f"customers/{world.otieno.pk}/vouchers/add/"))
    buy(world, client, form_token=token)
    assert "That was saved already." in buy(world, client, form_token=token)
    assert Voucher.objects.count() == 1


# Renew


def test_a_renewal_from_the_wallet(world: World, client: Client) -> None:
    give(world, 300_000)
    before = world.otieno_home.expires_at
    place = f"subscriptions/{world.otieno_home.pk}/renewal/"
    assert "KES 2,500.00 is taken from the wallet; KES 500.00 stays in it." in page(client, place)
    assert f'href="{BASE}{place}"' in hub(world, client)

    response = client.post(f"{BASE}{place}")

    assert response["Location"] == f"{BASE}customers/{world.otieno.pk}/#packages"
    world.otieno_home.refresh_from_db()
    assert before is not None
    assert world.otieno_home.expires_at is not None
    assert world.otieno_home.expires_at > before
    assert balance(world) == 50_000


def test_a_renewal_that_the_wallet_does_not_cover(world: World, client: Client) -> None:
    give(world, 2_000)
    place = f"subscriptions/{world.otieno_home.pk}/renewal/"
    text = page(client, place)
    refusal = "Insufficient balance to assign this plan. Available balance: 20, required: 2500"
    assert refusal in text
    # What would be refused is not offered; what helps is.
    assert f"customers/{world.otieno.pk}/payments/add/?for={world.otieno_home.pk}" in text
    assert "Renew</button>" not in text
    # Without payment is for those who may give.
    assert "Renew without payment" not in text
    assert "Renew without payment" not in page(console.client_of(world.staff["operator"]), place)
    assert "Renew without payment" in page(console.client_of(world.staff["admin"]), place)

    response = client.post(f"{BASE}{place}")
    assert response.status_code == 400
    assert refusal in console.words(response)
    assert balance(world) == 2_000


def test_a_draft_is_activated_from_the_wallet(world: World, client: Client) -> None:
    give(world, 250_000)
    draft = subscriptions.create(customer=world.otieno, plan=world.home_10m, username="otieno2", by=None)
    assert "Activate Home 10M?" in page(client, f"subscriptions/{draft.pk}/renewal/")
    client.post(f"{BASE}subscriptions/{draft.pk}/renewal/")
    draft.refresh_from_db()
    assert (draft.state, balance(world)) == ("active", 0)


def test_an_ended_package_is_not_renewed(world: World, client: Client) -> None:
    give(world, 250_000)
    subscriptions.end(subscription=world.otieno_home, by=None)
    response = client.post(f"{BASE}subscriptions/{world.otieno_home.pk}/renewal/")
    assert response.status_code == 400
    assert "This subscription has ended: add a new one." in console.words(response)
    assert balance(world) == 250_000


def test_a_second_press_of_renew_renews_once(world: World, client: Client) -> None:
    give(world, 900_000)
    place = f"subscriptions/{world.otieno_home.pk}/renewal/"
    token = token_of(page(client, place))
    for _ in range(2):
        assert client.post(f"{BASE}{place}", {"form_token": token}).status_code == 302
    assert balance(world) == 650_000


def test_who_has_expired_is_led_to_renew(world: World, client: Client) -> None:
    Subscription.objects.filter(pk=world.otieno_home.pk).update(expires_at=clock.now() - timedelta(days=1))
    text = hub(world, client)
    assert "The period is over." in text
    assert text.count(f'href="{BASE}subscriptions/{world.otieno_home.pk}/renewal/"') == 2
    assert "/renewal/" not in hub(world, console.client_of(world.staff["support"]))


# Ledger


def test_the_ledger_shows_every_line_with_its_balance(world: World, client: Client) -> None:
    for number in range(55):
        give(world, 5_000, f"k{number}")
    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="v", by=None)
    place = f"customers/{world.otieno.pk}/ledger/"
    text = page(client, place)
    assert "1 to 50 of 56" in text
    assert "The balance is KES 2,700.00: payments less purchases." in text
    rows = client.get(f"{BASE}{place}").context["page"].rows
    assert (rows[0].line.change_minor, rows[0].line.balance_minor) == (-5_000, 270_000)
    assert (rows[1].line.change_minor, rows[1].line.balance_minor) == (5_000, 275_000)
    older = client.get(f"{BASE}{place}?page=2").context["page"].rows
    assert [row.line.balance_minor for row in older] == [30_000, 25_000, 20_000, 15_000, 10_000, 5_000]
    # The hub shows the newest, with the way to all of them.
    shown = hub(world, client).split('id="ledger"')[1].split("</section>")[0]
    assert shown.count("<tr>") == 1 + 20
    assert f'href="{BASE}{place}"' in shown


def test_an_empty_ledger(world: World, client: Client) -> None:
    assert "Nothing was paid or bought yet." in page(client, f"customers/{world.otieno.pk}/ledger/")
    assert "KES 0.00" in hub(world, client)


# Messages


def test_what_was_sent_is_shown_without_its_secrets(world: World, client: Client) -> None:
    carriers.add(
        organization=world.organization, kind="fake", base_url="http://127.0.0.1:9", sender="BAOBAB", key="k", by=None
    )
    give(world, 50_000)
    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="v", by=None)
    while notices.hand_on():
        pass
    Message.objects.filter(kind="payment.received").update(state="failed", error="The number is not in use.")
    voucher = Voucher.objects.get()
    section = hub(world, client).split('id="messages"')[1].split("</section>")[0]
    for text in (section, page(client, f"customers/{world.otieno.pk}/messages/")):
        assert "Baobab Net: we have received KES 500.00. Thank you." in text
        assert "The number is not in use." in text
        assert "Voucher bought" in text
        assert "Code ••••, password ••••" in text
        assert voucher.code not in text
    assert "Nothing was sent yet." in page(client, f"customers/{world.customers['grace'].pk}/messages/")


# Roles


def test_support_sees_money_and_takes_none(world: World) -> None:
    give(world, 250_000)
    support = console.client_of(world.staff["support"])
    text = hub(world, support)
    assert "KES 2,500.00" in text
    for forbidden in ("payments/add/", "vouchers/add/", "/renewal/", f"customers/{world.otieno.pk}/password/"):
        assert forbidden not in text
    for place in ("payments/add/", "vouchers/add/"):
        assert support.post(f"{BASE}customers/{world.otieno.pk}/{place}", {}).status_code == 403
    assert support.post(f"{BASE}subscriptions/{world.otieno_home.pk}/renewal/").status_code == 403
    assert balance(world) == 250_000


def test_a_cashier_takes_money_and_edits_nobody(world: World, client: Client) -> None:
    text = hub(world, client)
    assert "Add Payment" in text
    assert "Buy Voucher" in text
    assert "/edit/" not in text
    assert "/activation/" not in text

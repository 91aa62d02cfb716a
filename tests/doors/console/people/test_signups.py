"""*Add Customer* with its charges and its payment: what each choice leaves behind, and what is said where it cannot be."""

import re
from typing import Any

import pytest
from django.test import Client

from headend.access import authorize, facts, plans, subscriptions
from headend.access.models import Plan, Subscription
from headend.billing.models import Payment, Purchase
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.ledger.models import Entry
from headend.system import organizations, permissions
from tests.kit import billing, console, portal
from tests.kit.console import words
from tests.kit.newcomer import ADD, BASE, add, form, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db
TWO_WAYS = "10.000 can be read in two ways. Type 10000 or 10.00."


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def fee(amount: str = "1,500") -> dict[str, str]:
    return {"charge_installation": "on", "installation_amount": amount}


def custom(amount: str) -> dict[str, str]:
    return {"charge_custom": "on", "custom_amount": amount}


def static_plan(world: World) -> Plan:
    return plans.add(
        organization=world.organization,
        by=None,
        name="Business 20M",
        connection_type="static",
        price_minor=580_000,
        download_kbps=20_000,
        upload_kbps=20_000,
        validity_count=1,
        validity_unit="months",
    )


def may_connect(world: World) -> bool:
    return isinstance(authorize.decide(facts.for_name(world.organization, "john")), authorize.Grant)


def balance(customer: Customer) -> int:
    return accounts.balance(customer=customer)


def test_it_works(world: World, client: Client) -> None:
    assert "Choose a plan: what is charged stands here." in words(client.get(ADD))
    john = add(client, world, **fee())
    text = words(client.get(f"{BASE}{john.pk}/"))
    assert "John Doe is added. KES 4,000.00 is received: cash." in text
    # The fee is a line of its own.
    assert "First period KES 2,500.00" in text
    assert "Installation fee KES 1,500.00" in text
    assert "Signed up for Home 10M: KES 4,000.00" in text
    assert (john.first_name, john.last_name) == ("John", "Doe")
    assert Payment.objects.get().taken_by == world.staff["operator"].staff
    assert may_connect(world)
    assert balance(john) == 0
    assert billing.wrong() == {}


def test_the_fee_is_its_own_line_everywhere(world: World, client: Client) -> None:
    john = add(client, world, **fee())
    for place in (f"{BASE}{john.pk}/ledger/", f"/baobab/console/payments/{Payment.objects.get().pk}/"):
        text = words(client.get(place))
        assert "Installation fee KES 1,500.00" in text
        assert "First period KES 2,500.00" in text
    own = portal.client_of(john)
    for place in ("history/", f"purchases/{Purchase.objects.get().uid}/"):
        text = words(own.get(f"{portal.BASE}{place}"))
        assert "Installation fee" in text
        assert "KES 1,500.00" in text


def test_not_activated_the_customer_exists_and_cannot_log_in(world: World, client: Client) -> None:
    john = add(client, world, activate="no")
    decision = authorize.decide(facts.for_name(world.organization, "john"))
    assert isinstance(decision, authorize.Refusal)
    assert decision.code == "subscription_inactive"
    assert balance(john) == 0
    package = Subscription.objects.get(customer=john)
    text = words(client.get(f"{BASE}{john.pk}/"))
    assert "KES 2,500.00 is received: cash. Home 10M is not active yet." in text
    assert f"/subscriptions/{package.pk}/start/" in text
    assert "Activate without payment" not in text


def test_it_is_activated_later_for_nothing_more(world: World, client: Client) -> None:
    john = add(client, world, activate="no")
    package = Subscription.objects.get(customer=john)
    # Where the button of the refusal leads.
    renewal = client.get(f"/baobab/console/subscriptions/{package.pk}/renewal/")
    start = f"/baobab/console/subscriptions/{package.pk}/start/"
    assert renewal["Location"] == start
    cashier = console.client_of(world.staff["cashier"])
    assert "nothing more is taken" in words(cashier.get(start))
    for _ in range(2):
        assert cashier.post(start).status_code == 302
    assert may_connect(world)
    assert "It runs already" in words(cashier.get(start))
    assert Purchase.objects.count() == 1
    assert billing.wrong() == {}


def test_a_draft_that_was_not_charged_is_not_activated_for_nothing(world: World, client: Client) -> None:
    package = subscriptions.create(customer=world.otieno, plan=world.home_10m, username="second", by=None)
    response = client.post(f"/baobab/console/subscriptions/{package.pk}/start/")
    assert response.status_code == 400
    assert "Nothing was charged for this package yet." in words(response)
    assert client.get(f"/baobab/console/subscriptions/{package.pk}/renewal/").status_code == 200


def test_money_for_what_is_charged_already_is_not_asked_for_again(world: World, client: Client) -> None:
    john = add(client, world, activate="no")
    place = f"{BASE}{john.pk}/payments/add/"
    assert "Activate Home 10M" not in words(client.get(place))
    package = Subscription.objects.get(customer=john)
    values = {"amount": "2500", "method": "cash", "subscription": package.pk}
    assert client.post(place, values).status_code == 400
    assert Payment.objects.count() == 1


def test_a_custom_amount_changes_this_first_charge_only(world: World, client: Client) -> None:
    john = add(client, world, **custom("1000"))
    assert Payment.objects.get().amount_minor == 100_000
    package = Subscription.objects.get(customer=john)
    values = {"amount": "2500", "method": "cash", "subscription": package.pk, "form_token": "r"}
    response = client.post(f"{BASE}{john.pk}/payments/add/", values)
    assert "Home 10M is renewed." in words(client.get(response["Location"]))
    assert list(Purchase.objects.order_by("pk").values_list("price_minor", flat=True)) == [100_000, 250_000]
    assert balance(john) == 0
    assert billing.wrong() == {}


def test_a_first_period_for_nothing(world: World, client: Client) -> None:
    """Only who may give something free charges nothing, and the books say that it was given."""
    response = client.post(ADD, form(world, **custom("0")))
    assert "Only an owner or an admin gives something free." in words(response)
    assert not Customer.objects.filter(first_name="John").exists()
    client = console.client_of(world.staff["admin"])
    john = add(client, world, **custom("0"), method="mobile")
    assert not Payment.objects.exists()
    assert balance(john) == 0
    assert may_connect(world)
    assert Entry.objects.get(kind="promotion").amount_minor == 250_000
    text = words(client.get(f"{BASE}{john.pk}/"))
    assert "<span>John Doe is added. It is given free.</span>" in text
    assert billing.wrong() == {}


def test_not_paid_yet_is_owed_and_settled_by_a_payment(world: World, client: Client) -> None:
    john = add(client, world, method="owed", **fee())
    assert may_connect(world)
    assert balance(john) == -400_000
    text = words(client.get(f"{BASE}{john.pk}/"))
    assert "John Doe is added. KES 4,000.00 is owed." in text
    assert "Owes KES 4,000.00" in text
    assert "Signed up for Home 10M: KES 4,000.00, not paid yet" in text
    assert "You owe" in words(portal.client_of(john).get(portal.BASE))

    place = f"{BASE}{john.pk}/payments/add/"
    text = words(client.get(place))
    assert "Pay what is owed" in text
    assert "Keep in the wallet" not in text
    # What is usually paid stands there already.
    assert 'name="amount" value="4000.00"' in text
    response = client.post(place, {"amount": "1500", "method": "cash"})
    text = words(client.get(response["Location"]))
    assert "is received. All of it paid what was owed. KES 2,500.00 is still owed." in text
    response = client.post(place, {"amount": "3000", "method": "cash"})
    text = words(client.get(response["Location"]))
    assert "is received. KES 2,500.00 of it paid what was owed. The rest is in the wallet." in text
    assert "Owes" not in text
    assert balance(john) == 50_000
    assert billing.wrong() == {}


@pytest.mark.parametrize(("method", "reference"), [("mobile", "QJK4R81XQ2"), ("bank", "TT-7"), ("cheque", "000123")])
def test_each_method_with_its_reference(world: World, client: Client, method: str, reference: str) -> None:
    assert "Give the reference" in refused(client, world, method=method)
    add(client, world, method=method, reference=reference)
    payment = Payment.objects.get()
    assert (payment.method, payment.receipt_code) == (method, reference.replace("-", ""))


def test_what_was_typed_before_cash_was_chosen_is_not_seen(world: World, client: Client) -> None:
    add(client, world, method="cash", reference="QJK4R81XQ2")
    assert Payment.objects.get().receipt_code == ""


def test_an_amount_without_its_tick_is_not_charged(world: World, client: Client) -> None:
    add(client, world, installation_amount="9", custom_amount="9")
    assert Payment.objects.get().amount_minor == 250_000


@pytest.mark.parametrize("amount", ["x", "-1", "2,50", "999999999999999"])
def test_what_is_no_amount_is_said_so(world: World, client: Client, amount: str) -> None:
    text = refused(client, world, **fee(amount), **custom(amount))
    assert text.count("<span>This is not an amount of KES.</span>") == 2


@pytest.mark.parametrize(
    ("amount", "of_fee", "of_price"),
    [
        # Whoever may give nothing free is not told that 0 does.
        (" ", "Give an amount; 0 is free.", "Give an amount."),
        ("10.000", TWO_WAYS, TWO_WAYS),
    ],
)
def test_what_is_missing_or_doubtful_is_not_called_no_amount(
    world: World, client: Client, amount: str, of_fee: str, of_price: str
) -> None:
    text = refused(client, world, **fee(amount), **custom(amount))
    assert re.findall("<span>((?:Give an amount|10.000)[^<]*)</span>", text) == [of_fee, of_price]
    assert "not an amount" not in text


@pytest.mark.parametrize("username", ["otieno", "OTIENO", "Otieno "])
def test_username_already_exists(world: World, client: Client, username: str) -> None:
    text = refused(client, world, username=username, **fee())
    assert "Username already exists" in text
    # Nothing that was typed is lost.
    assert 'value="John Doe"' in text
    assert 'value="johns-secret"' in text
    assert 'value="1,500"' in text
    assert "KES 4,000.00" in text


def test_ip_address_is_required(world: World, client: Client) -> None:
    plan = str(static_plan(world).pk)
    organizations.edit(organization=world.organization, by=None, address_blocks="197.248.8.0/22")
    text = refused(client, world, connection_type="static", plan=plan, username="OTIENO")
    assert "IP address is required" in text
    john = add(client, world, connection_type="static", plan=plan, framed_address="197.248.10.9")
    assert Subscription.objects.get(customer=john).framed_address == "197.248.10.9"


def test_an_address_that_was_typed_for_another_type_is_not_seen(world: World, client: Client) -> None:
    values = {"connection_type": "hotspot", "plan": str(world.day_pass.pk), "framed_address": "nonsense"}
    john = add(client, world, **values)
    assert Subscription.objects.get(customer=john).framed_address == ""


def test_no_plans_appear(world: World, client: Client) -> None:
    """Of one type there is none: the page says so for that type, and who may leads to the form of a plan."""
    text = words(client.get(ADD))
    assert text.count("No plans appear") == 1
    assert "for-static" in text
    assert "there is no Static plan on sale." in text
    assert "An owner or an admin adds them." in text
    assert "/console/plans/add/" in words(console.client_of(world.staff["owner"]).get(ADD))
    for plan in (world.home_10m, world.day_pass):
        plans.retire(plan=plan, by=None)
    assert words(client.get(ADD)).count("No plans appear") == 3


def test_what_would_happen(world: World, client: Client) -> None:
    def said(**more: Any) -> str:
        response = client.post(ADD, form(world, preview="1", **more))
        assert response.status_code == 200
        text = words(response)
        assert "<form" not in text
        return " ".join(text.split())

    assert "To take now, cash" in said(**fee())
    assert "KES 4,000.00" in said(**fee())
    assert "Owed, to be paid later" in said(method="owed")
    assert "Nothing to pay" in said(**custom("0"))
    assert "not before somebody activates it" in said(activate="no")
    assert "Choose a plan" in said(connection_type="hotspot")
    assert "has no package" in said(connection_type="none")
    assert "Choose a plan" in said(plan="9" * 30)
    # A sum that nobody can read is not told as another one.
    for more, why in (
        (fee("x"), "Installation fee: This is not an amount of KES."),
        (custom("2.500"), "Custom amount: 2.500 can be read in two ways. Type 2500 or 2.50."),
        (custom(""), "Custom amount: Give an amount."),
    ):
        assert why in said(**more)
        assert "To take now" not in said(**more)
    assert not Customer.objects.filter(first_name="John").exists()


@pytest.mark.parametrize("button", ["username", "sum"])
def test_a_side_button_keeps_everything_that_was_typed(world: World, client: Client, button: str) -> None:
    values = form(world, generate=button, username="mine", method="owed", activate="no", **fee(), **custom("7"))
    response = client.post(ADD, values)
    assert response.status_code == 200
    text = words(response)
    made = "john.doe" if button == "username" else "mine"
    for kept in ("John Doe", "0733 900 118", made, "johns-secret", "1,500", "7"):
        assert f'value="{kept}"' in text
    ticked = [part for part in text.split("<input") if " checked" in part.partition(">")[0]]
    for chosen in ("pppoe", "owed", "no", str(world.home_10m.pk)):
        assert any(f'value="{chosen}"' in part for part in ticked)
    assert any('name="charge_installation"' in part for part in ticked)
    assert "KES 1,507.00" in text


def test_the_generated_name_is_free(world: World, client: Client) -> None:
    customers.register(organization=world.organization, by=None, first_name="Jane", username="john.doe")
    text = words(client.post(ADD, form(world, generate="username", username="")))
    assert 'name="username" value="john.doe2"' in text


def extra(number: str) -> dict[str, str]:
    return {"add_extra_account_number": "on", "extra_account_number": number}


def test_an_additional_account_number(world: World, client: Client) -> None:
    assert "Add Additional Account Number" in words(client.get(ADD))
    john = add(client, world, **extra("farm-7.b"))
    assert john.extra_account_number == "FARM7B"
    text = words(client.get(f"{BASE}{john.pk}/"))
    assert 'BN-100004 <span class="quiet">or</span> FARM7B' in text
    assert "John Doe" in words(client.get(f"{BASE}?q=arm7"))


def test_without_its_tick_no_additional_account_number_is_kept(world: World, client: Client) -> None:
    john = add(client, world, extra_account_number="FARM7")
    assert john.extra_account_number == ""
    assert "FARM7" not in words(client.get(f"{BASE}{john.pk}/"))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "Type a number, or press Generate."),
        ("F7", "Use 3 to 20 letters (A to Z) and digits"),
        ("bn 100001", "Otieno Ouma (BN-100001) has this account number already."),
        ("7" * 41, "40 characters at most"),
    ],
)
def test_what_is_no_additional_account_number(world: World, client: Client, number: str, said: str) -> None:
    text = refused(client, world, **extra(number))
    assert said in text
    assert f'value="{number}"' in text


def test_the_generated_number_is_free_and_nothing_is_lost(world: World, client: Client) -> None:
    text = words(client.post(ADD, form(world, generate="extra_account_number", **extra("mine"), **fee())))
    found = re.search(r'name="extra_account_number" value="(\d{6})"', text)
    assert found
    assert 'value="john"' in text
    assert 'value="1,500"' in text
    ticked = [part for part in text.split("<input") if " checked" in part.partition(">")[0]]
    assert any('name="add_extra_account_number"' in part for part in ticked)
    john = add(client, world, **extra(found[1]))
    assert john.extra_account_number == found[1]


def test_everybody_who_adds_customers_may_take_their_money(world: World) -> None:
    assert permissions.TABLE["customers.edit"] <= permissions.TABLE["money.take"]

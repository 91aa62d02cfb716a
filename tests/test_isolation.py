"""What belongs to one organization is 404 for the staff of another, and no form takes it."""

import pytest
from django.test import Client
from django.urls import reverse

from headend.access.models import Subscription, Voucher
from headend.billing import purchases
from headend.billing.models import Payment
from headend.customers.models import Customer
from headend.doors.captive.urls import urlpatterns as captive_urls
from headend.doors.console import saving
from headend.messaging.models import Broadcast
from headend.network.models import NAS
from tests.kit import billing, console, portal, sample
from tests.kit.world import World

PUBLIC = {"sign_in", "join"}


@pytest.fixture
def neighbour(world: World) -> Client:
    return console.client_of(world.neighbour_staff["owner"])


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_of_another_organization_opens(world: World, neighbour: Client, method: str) -> None:
    objects = sample.Objects.of(world)
    opened = []
    for name in console.names():
        status = neighbour.generic(method, sample.address(name, "baobab", objects)).status_code
        if status != 404 and name not in PUBLIC:
            opened.append((name, status))
    assert opened == []


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nor_does_it_through_the_own_console(world: World, neighbour: Client, method: str) -> None:
    objects = sample.Objects.of(world)
    opened = []
    for name in console.names_of_objects():
        status = neighbour.generic(method, sample.address(name, "acacia", objects)).status_code
        if status != 404:
            opened.append((name, status))
    assert opened == []


def choices() -> dict[str, set[str]]:
    """The fields of every form of the console that choose among rows."""
    found = {}
    waiting = [saving.Form]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        fields = {name for name, field in form.base_fields.items() if isinstance(field, saving.Owned)}
        if fields:
            found[form.__name__] = fields
    return found


def test_every_choice_among_rows_is_tried_below() -> None:
    for name in console.names():
        reverse(f"console:{name}", kwargs={"slug": "x", **dict.fromkeys(console.parameters(name), 1)})
    assert choices() == {
        "CustomerForm": {"group", "site"},
        "PersonForm": {"group", "site"},
        "CustomerEditForm": {"group", "site"},
        "PaymentForm": {"subscription"},
        "VoucherForm": {"plan"},
        "BatchForm": {"plan"},
        "PackageForm": {"plan"},
        "SignupForm": {"plan"},
        "FurtherForm": {"plan"},
        "NASForm": {"site"},
        "BroadcastForm": {"site", "plan", "group"},
    }


PERSON = {"first_name": "Eve", "full_name": "Eve", "phone": "0733900118", "connection_type": "none"}
MONEY = {"amount": "2500", "method": "cash"}
PACKAGE = {
    "connection_type": "pppoe",
    "username": "eve",
    "password": "eve-eve-eve",
    "method": "cash",
    "activate": "yes",
}
BROADCAST = {"standing": "all", "days": "7", "presence": "any", "channel": "sms", "text": "Hello"}
ROUTER = {
    "name": "mine",
    "address": "10.44.0.1",
    "vendor": "mikrotik",
    "coa_port": "3799",
    "require_message_authenticator": "auto",
    "limit_proxy_state": "auto",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "data", "form", "field"),
    [
        ("customers/add/", PERSON, "person", "group"),
        ("customers/add/", PERSON, "person", "site"),
        ("customers/add/", {**PERSON, **PACKAGE}, "package", "plan"),
        ("customers/{own}/edit/", PERSON, "form", "group"),
        ("customers/{own}/edit/", PERSON, "form", "site"),
        ("customers/{own}/subscriptions/add/", PACKAGE, "package", "plan"),
        ("customers/{own}/payments/add/", MONEY, "form", "subscription"),
        ("customers/{own}/vouchers/add/", {}, "form", "plan"),
        ("vouchers/batches/add/", {"sheets": "1", "vouchers_per_sheet": "1"}, "form", "plan"),
        ("broadcasts/add/", BROADCAST, "form", "site"),
        ("broadcasts/add/", BROADCAST, "form", "plan"),
        ("broadcasts/add/", BROADCAST, "form", "group"),
        ("nas/add/", ROUTER, "form", "site"),
        ("nas/{nas}/edit/", ROUTER, "form", "site"),
    ],
)
def test_no_form_takes_what_belongs_to_others(
    world: World, neighbour: Client, place: str, data: dict[str, str], form: str, field: str
) -> None:
    portal.add_carrier(world.neighbour)
    own_group = world.neighbour.group_set.get()
    neighbour.post("/acacia/console/customers/add/", {**PERSON, "phone": "0733900119", "group": own_group.pk})
    own = Customer.objects.get(organization=world.neighbour)
    neighbour.post("/acacia/console/nas/add/", {**ROUTER, "name": "own", "address": "10.44.0.2"})
    nas = NAS.objects.get(organization=world.neighbour)
    theirs = {"group": world.default_group.pk, "site": world.site.pk, "plan": world.home_10m.pk}
    theirs |= {"subscription": world.otieno_home.pk, "plan": (world.day_pass if form == "form" else world.home_10m).pk}
    before = NAS.objects.count(), Customer.objects.count(), Subscription.objects.count(), Payment.objects.count()

    url = f"/acacia/console/{place.format(own=own.pk, nas=nas.pk)}"
    response = neighbour.post(url, {"group": own_group.pk, **data, field: theirs[field]})

    assert response.status_code == 400
    assert field in response.context[form].errors
    after = NAS.objects.count(), Customer.objects.count(), Subscription.objects.count(), Payment.objects.count()
    assert after == before
    assert not Voucher.objects.exists()
    assert not Broadcast.objects.exists()
    assert not Customer.objects.filter(organization=world.neighbour, group=world.default_group).exists()
    assert not Customer.objects.filter(organization=world.neighbour, site=world.site).exists()
    assert not NAS.objects.filter(organization=world.neighbour, site=world.site).exists()


@pytest.mark.django_db
def test_the_search_finds_only_ones_own(world: World, neighbour: Client) -> None:
    assert b"Otieno" not in neighbour.get("/acacia/console/customers/?q=otieno").content
    assert b"Otieno" not in neighbour.get("/acacia/console/sessions/?q=otieno").content


@pytest.mark.django_db
def test_money_and_codes_of_others_are_not_found(world: World, neighbour: Client) -> None:
    objects = sample.Objects.of(world)
    voucher = Voucher.objects.get(pk=objects.ids["voucher"])
    payment = Payment.objects.get(pk=objects.ids["payment"])
    for place, query in (
        ("customers", voucher.code),
        ("sessions", voucher.code),
        ("payments", payment.receipt_code),
        ("payments", payment.phone),
    ):
        response = neighbour.get(f"/acacia/console/{place}/", {"q": query})
        assert response.status_code == 200
        assert response.context["page"].rows == []
    assert b"did not get it" not in neighbour.get("/acacia/console/").content


@pytest.mark.django_db
def test_a_membership_that_ended_opens_nothing(world: World) -> None:
    client = console.client_of(world.staff["operator"])
    assert client.get("/baobab/console/").status_code == 200
    world.staff["operator"].delete()
    assert client.get("/baobab/console/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_of_another_organization_opens_at_a_hotspot(world: World, method: str) -> None:
    gateway = billing.practice(world.organization)
    sold = purchases.start(customer=world.otieno, plan=world.day_pass, gateway=gateway, phone="0712345678", key="k")
    billing.pays(sold)
    opened = []
    for pattern in captive_urls:
        if "uid" in pattern.pattern.converters:
            url = reverse(f"captive:{pattern.name}", args=["acacia", sold.uid])
            status = Client().generic(method, url).status_code
            opened += [] if status in (404, 405) else [(pattern.name, status)]
    assert opened == [("again", 302)] * (method == "GET")
    assert len([pattern for pattern in captive_urls if "uid" in pattern.pattern.converters]) == 3

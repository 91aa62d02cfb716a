"""Where a router sends its guests: the splash, the way back to the login, and the page behind it."""

from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest
from django.test import Client

from headend.access import plans, vouchers
from headend.access.models import Voucher
from headend.billing import providers
from headend.doors.captive import remembered, visits
from headend.lib import clock
from headend.network import nas as nas_verbs
from headend.system import organizations
from headend.system.models import Event
from tests.kit.billing import payment_of, pays, practice
from tests.kit.captive import CHALLENGE, CHAP, LOGIN, ORIG, Guest, connected, fields
from tests.kit.verbs import event, written
from tests.kit.vouchers import sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
SUPPORT = "0709 118 000"


@pytest.fixture(autouse=True)
def gateway(world: World) -> Any:
    organizations.edit(organization=world.organization, by=None, support_phone=SUPPORT)
    return practice(world.organization)


@pytest.fixture
def guest(world: World) -> Guest:
    return Guest(world)


def test_it_works(world: World, guest: Guest) -> None:
    page = guest.arrives(**CHAP)

    assert guest.status == 200
    assert "Wi-Fi at Hilltop" in page
    assert "24 hours, 2 GB, 8 hours online" in page.replace("\xa0", " ")
    assert "Buy with Practice money" in page
    purchase = guest.buys()
    assert "111" in guest.page
    assert guest.refresh == "3"
    assert purchase.mac == "020000000007"
    assert purchase.customer.phone == "+254733000111"

    pays(purchase)
    guest.opens(guest.answer.wsgi_request.get_full_path())
    guest.follows()

    voucher = Voucher.objects.get()
    proof = md5(b"\x35" + vouchers.open_password(voucher).encode() + CHALLENGE).hexdigest()
    login = guest.login
    assert (login["at"], login["username"], login["password"]) == (LOGIN, voucher.code.replace("-", ""), proof)
    assert login["dst"].startswith("http://testserver/baobab/hotspot/online/?visit=")
    vouchers.redeem(voucher_id=voucher.pk, mac="020000000007", now=clock.now())
    connected(world, voucher)
    page = guest.opens(login["dst"].removeprefix("http://testserver"))
    assert "You are online" in page
    assert voucher.code in page
    assert f'href="{ORIG}"' in page


def test_the_router_may_post(world: World, guest: Guest) -> None:
    """The guest is led on by GET: browsers keep our cookie back from what another site posts."""
    told = fields(world, error="no more sessions")
    token = told.pop("nas")

    guest.answer = guest.client.post(f"{guest.base}?nas={token}", told)
    page = guest.follows()

    assert "The hotspot says: no more sessions" in page
    # It is said once.
    guest.opens(visit=guest.visit)
    assert guest.visit
    assert "The hotspot says" not in guest.page
    guest.answer = guest.client.post(guest.base, fields(world, link_login_only="http://evil.example/"))
    assert guest.status == 400
    guest.answer = guest.client.post(guest.base)
    assert guest.follows()
    assert guest.status == 200


def test_nothing_is_kept_and_nothing_is_told(world: World, guest: Guest) -> None:
    """No session, no token against forgery, no cache, no address for the next host; no script and no style in the page."""
    voucher = sold(world)
    guest.arrives()
    guest.types(voucher.code)

    assert "url=http://127.0.0.1/login?" in guest.refresh
    assert guest.answer["Cache-Control"] == "no-store"
    assert guest.answer["Referrer-Policy"] == "no-referrer"
    assert "default-src 'self'" in guest.answer["Content-Security-Policy"]
    assert "unsafe" not in guest.answer["Content-Security-Policy"]
    # Only what was typed is remembered here, signed.
    assert set(guest.client.cookies) == {remembered.COOKIE}
    assert vouchers.open_password(voucher) not in written()


@pytest.mark.parametrize(
    "changes",
    [
        {"link_login_only": "http://evil.example/login"},
        {"link_login_only": "http://127.0.0.1:8080/login"},
        {"link_login_only": "javascript:alert(1)"},
        {"link_login_only": "http://127.0.0.1/" + "a" * 400},
        {"nas": ""},
        {"nas": "0" * 32},
    ],
)
def test_a_login_that_is_not_the_routers(guest: Guest, changes: dict[str, str]) -> None:
    page = guest.arrives(**changes)

    assert guest.status == 400
    assert "This hotspot is not set up right" in page
    assert f"Please call {SUPPORT}" in page
    assert "<form" not in page
    assert 'href="http' not in page
    assert guest.refresh == guest.visit == ""


def test_the_routers_of_others_are_none_of_ours(world: World, guest: Guest) -> None:
    theirs = nas_verbs.add(organization=world.neighbour, by=None, name="theirs", address="127.0.0.2")

    guest.arrives(nas=theirs.token, link_login_only="http://127.0.0.2/login")

    assert guest.status == 400


def test_staff_hear_of_it_once_an_hour(world: World, guest: Guest) -> None:
    def told() -> list[str]:
        events = Event.objects.filter(kind="captive.login_refused", subject_kind="nas", subject_id=world.hilltop.pk)
        return sorted(said.payload["host"] for said in events)

    start = clock.now().replace(minute=5)
    with clock.at(start):
        for url in ("http://a.example/", "http://a.example/other", "http://b.example/"):
            guest.arrives(link_login_only=url)
    assert told() == ["a.example", "b.example"]

    with clock.at(start + timedelta(hours=1)):
        guest.arrives(link_login_only="http://a.example/")
        assert told() == ["a.example", "a.example", "b.example"]
        for number in range(30):
            guest.arrives(link_login_only=f"http://{number}.example/")
    assert len(told()) == 2 + visits.REFUSALS_KEPT


def test_an_unknown_router_is_told_of_too(world: World, guest: Guest) -> None:
    guest.arrives(nas="")

    said = event("captive.login_refused")
    assert (said.subject_kind, said.subject_id) == ("organization", world.organization.pk)
    assert said.payload == {"host": "127.0.0.1", "nas": ""}


def test_the_router_knows_its_logins(world: World, guest: Guest) -> None:
    nas_verbs.edit(nas=world.hilltop, by=None, login_hosts="login.cafe.example, 10.5.50.1:8080")

    guest.arrives(link_login_only="https://login.cafe.example/login")
    assert guest.visit
    guest.arrives(link_login_only="http://10.5.50.1:8080/login")
    assert guest.visit


@pytest.mark.parametrize("changes", [{"chap_id": r"\999"}, {"chap_challenge": "d2a1f0"}, {"chap_id": ""}])
def test_a_challenge_that_cannot_be_read(guest: Guest, changes: dict[str, str]) -> None:
    page = guest.arrives(**{**CHAP, **changes})

    assert guest.status == 400
    assert "This page was not opened well" in page
    assert guest.visit == ""


def test_what_the_router_says_is_shown_as_text(guest: Guest) -> None:
    guest.arrives(error="no <b>more</b> sessions " + "x" * 300)

    shown = guest.answer.content.decode()
    assert "The hotspot says: no &lt;b&gt;more&lt;/b&gt; sessions xxx" in shown
    assert "x" * 200 not in shown


def test_at_home_everything_works_but_the_login(world: World, guest: Guest) -> None:
    page = guest.opens()

    assert guest.status == 200
    assert "Buy Voucher" in page
    assert guest.visit == ""
    purchase = guest.buys()
    pays(purchase)
    page = guest.opens(f"purchases/{purchase.uid}/")
    voucher = Voucher.objects.get()
    assert voucher.code in page
    assert vouchers.open_password(voucher) in page
    guest.opens(f"purchases/{purchase.uid}/connect/")
    assert guest.answer["Location"] == f"/baobab/hotspot/purchases/{purchase.uid}/"
    assert "This code is good" in guest.opens() + guest.types(voucher.code)


def test_an_organization_that_is_none(guest: Guest) -> None:
    guest.opens("/nobody/hotspot/")
    assert guest.status == 404


def test_no_gateway(world: World, guest: Guest, gateway: Any) -> None:
    gateway.is_active = False
    gateway.save()

    page = guest.arrives()

    assert "Vouchers are sold at our desk" in page
    assert "Day pass" in page
    assert f"{SUPPORT}</a>." in page
    assert 'name="phone"' not in page
    assert 'name="code"' in page
    guest.posts("purchases/", plan=world.day_pass.pk, phone="0733000111", form_token="0" * 32)
    assert guest.status == 400


def test_nothing_on_sale(world: World, guest: Guest) -> None:
    plans.retire(plan=world.day_pass, by=None)

    page = guest.arrives()

    assert "Nothing is on sale here at present." in page
    assert 'name="phone"' not in page


def test_plans_by_price_and_ways_to_pay(world: World, guest: Guest) -> None:
    plans.add(
        organization=world.organization,
        by=None,
        name="Hour",
        connection_type="hotspot",
        price_minor=1_000,
        download_kbps=2_000,
        upload_kbps=2_000,
        validity_count=1,
        validity_unit="hours",
    )
    second = providers.add(
        organization=world.organization,
        kind="fake",
        name="Other money",
        network="o",
        base_url="http://x",
        key="k",
        by=None,
    )

    page = guest.arrives().replace("\xa0", " ")

    assert page.index("<b>Hour</b>") < page.index("KES 10<") < page.index("<b>Day pass</b>") < page.index("KES 50<")
    assert "Home 10M" not in page
    assert "Buy with your phone" in page
    assert payment_of(guest.buys(gateway=second.pk)).gateway == second


def test_the_language_of_the_organization(world: World, guest: Guest) -> None:
    organizations.edit(organization=world.organization, by=None, language="ar")

    guest.arrives()

    assert '<html lang="ar" dir="rtl">' in guest.page


def test_the_login_is_checked_again(world: World, guest: Guest) -> None:
    voucher = sold(world)
    nas_verbs.edit(nas=world.hilltop, by=None, login_hosts="login.cafe.example")
    guest.arrives(link_login_only="http://login.cafe.example/login")
    nas_verbs.edit(nas=world.hilltop, by=None, login_hosts="")

    page = guest.types(voucher.code)

    assert guest.status == 400
    assert "This hotspot is not set up right" in page
    assert "login.cafe.example" not in page
    assert event("captive.login_refused").payload["host"] == "login.cafe.example"


@pytest.mark.parametrize("text", ["", "nonsense", "a:b", ".eJw:x"])
def test_a_visit_that_is_none(guest: Guest, text: str) -> None:
    guest.opens(visit=text)
    assert (guest.status, guest.visit) == (200, "")


def test_a_visit_of_another_organization_or_of_yesterday(world: World, guest: Guest) -> None:
    guest.arrives()
    visit = guest.visit
    guest.opens(visit=visit)
    assert guest.visit == visit

    guest.opens("/acacia/hotspot/", visit=visit)
    assert guest.visit == ""
    with clock.at(clock.now() + timedelta(hours=12)):
        guest.opens(visit=visit)
    assert guest.visit == ""


def test_what_is_only_posted_to_leads_to_the_start(guest: Guest) -> None:
    for place in ("purchases/", "voucher/"):
        guest.opens(place)
        assert guest.answer["Location"] == "/baobab/hotspot/"
    assert guest.client.put("/baobab/hotspot/").status_code == 405


def test_whoever_is_not_at_a_hotspot_is_not_told_to_be_online(world: World, guest: Guest) -> None:
    for query in ({}, {"visit": "nonsense"}, {"look": "99"}, {"look": "-1"}):
        page = guest.opens("online/", **query)

        assert "online" not in page.partition("<body")[2].lower().replace("/online/", "")
        assert "You are not connected here" in page
        assert 'href="/baobab/hotspot/"' in page
        assert (guest.refresh, "Continue" in page) == ("", False)
    # Nor whoever has only come as far as the splash.
    guest.arrives(**CHAP)
    page = guest.opens("online/", visit=guest.visit)
    assert "You are not connected here" in page
    assert guest.refresh == ""


def test_the_page_behind_the_login_looks_until_the_nas_has_told(world: World, guest: Guest) -> None:
    voucher = sold(world)
    guest.arrives(**CHAP)
    guest.types(voucher.code)
    place = guest.login["dst"].removeprefix("http://testserver")
    vouchers.redeem(voucher_id=voucher.pk, mac="020000000007", now=clock.now())
    # Another device with the same voucher is not this one.
    session = connected(world, voucher, "020000000008")

    looked = [guest.opens(place)]
    while guest.refresh:
        seconds, _, following = guest.refresh.partition("; url=")
        assert 1 <= int(seconds) <= 5
        looked.append(guest.opens(following))

    assert len(looked) == 6
    assert [("Connecting…" in page, "You are online" in page) for page in looked] == [(True, False)] * 5 + [
        (False, False)
    ]
    assert "Are you online?" in looked[-1]
    assert 'href="/baobab/hotspot/?visit=' in looked[-1]
    assert f'href="{ORIG}"' in looked[-1]

    session.mac = "020000000007"
    session.save()
    page = guest.opens(place)
    assert "You are online" in page
    assert voucher.code in page
    assert "Back to the start" not in page
    # A small browser without cookies is told so too, and no code.
    page = Guest(world).opens(place)
    assert "You are online" in page
    assert voucher.code not in page

    session.ended_at = clock.now()
    session.save()
    assert "You are online" not in guest.opens(place)


def test_a_nas_that_tells_no_mac_is_believed(world: World, guest: Guest) -> None:
    voucher = sold(world)
    guest.arrives(**CHAP)
    guest.types(voucher.code)
    connected(world, voucher, "")

    assert "You are online" in guest.opens(guest.login["dst"].removeprefix("http://testserver"))


def test_the_way_to_the_customers_own_pages_takes_the_visit_along(guest: Guest) -> None:
    guest.arrives()

    links = guest.page.partition('class="links"')[2]
    for place in ("/baobab/portal/", "/baobab/portal/register/"):
        assert f'href="{place}?visit={guest.visit.replace(":", "%3A")}"' in links


def test_a_form_needs_no_token_of_ours(world: World) -> None:
    """A browser that keeps no cookies can send it."""
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/baobab/hotspot/voucher/", {"code": sold(world).code}).status_code == 200

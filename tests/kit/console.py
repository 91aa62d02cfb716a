"""What the tests of the console share: its URL table, and what makes things to open."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import URLPattern

from headend.access import plans
from headend.access.models import Device, Session
from headend.billing import purchases
from headend.billing.models import Gateway, Purchase
from headend.doors.console.urls import urlpatterns
from headend.lib import clock
from headend.system import invitations
from headend.system.models import Invitation, Membership
from tests.kit import billing
from tests.kit.world import PASSWORD, World

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

# A panel that a script loads when it is looked at.
LATER = re.compile(r'<section class="section later"[^>]* hx-get="(?P<place>[^"]+)".*?</section>', re.DOTALL)


def invite(world: World, email: str = "peter@baobab.example", role: str = "operator") -> Invitation:
    """An invitation to the staff, by the owner."""
    by = world.staff["owner"]
    return invitations.invite(organization=world.organization, email=email, name="Peter Kariuki", role=role, by=by)


def make_session(world: World, number: int = 1) -> tuple[Device, Session]:
    """Otieno connects: a live session and its device."""
    now = clock.now()
    mac = f"DC2C6E41{number:04X}"
    device = Device.objects.create(organization=world.organization, customer=world.otieno, mac=mac)
    session = Session.objects.create(
        organization=world.organization,
        nas=world.hilltop,
        subscription=world.otieno_home,
        customer=world.otieno,
        user_name="otieno",
        acct_session_id=f"8100{number:04d}",
        mac=mac,
        framed_address=f"10.0.3.{number}",
        started_at=now - timedelta(hours=1),
        updated_at=now,
        download_bytes=3_000_000_000,
        upload_bytes=200_000_000,
        session_seconds=3600,
    )
    return device, session


def unfulfilled(world: World, number: int = 1) -> Purchase:
    """Otieno paid for a *Day pass* that was retired meanwhile: the money is in his wallet."""
    gateway = Gateway.objects.filter(organization=world.organization).first() or billing.practice(world.organization)
    purchase = purchases.start(
        customer=world.otieno,
        plan=world.day_pass,
        gateway=gateway,
        phone=f"07120000{number:02d}",
        key=f"unfulfilled{number}",
    )
    plans.retire(plan=world.day_pass, by=None)
    billing.pays(purchase, f"PM7K2Q{number:04d}")
    plans.restore(plan=world.day_pass, by=None)
    purchase.refresh_from_db()
    return purchase


def names() -> list[str]:
    """The names of all URLs of the console."""
    return [str(pattern.name) for pattern in urlpatterns if isinstance(pattern, URLPattern)]


def names_of_objects() -> list[str]:
    """The names of the URLs that name an object."""
    return [name for name in names() if "pk" in parameters(name)]


def parameters(name: str) -> list[str]:
    """What stands in a URL besides the slug."""
    pattern = next(pattern for pattern in urlpatterns if pattern.name == name)
    return list(pattern.pattern.converters)


def words(response: Any) -> str:
    """A page as somebody reads it: a sum keeps together, and that is no part of its words.

    Of a customer's page the later panels are in their places, where a script puts them.
    """

    def loaded(later: re.Match[str]) -> str:
        part = response.client.get(later["place"], headers={"HX-Request": "true"})
        assert part.status_code == 200
        return str(part.content.decode())

    page = LATER.sub(loaded, response.content.decode())
    return page.replace("\N{NO-BREAK SPACE}", " ")


def text_of(client: Client, path: str) -> str:
    """A page of Baobab's console that opens."""
    response = client.get(f"/baobab/console/{path}")
    assert response.status_code == 200
    return str(response.content.decode())


def client_of(membership: Membership) -> Client:
    """A browser in which a member of staff is signed in."""
    client = Client()
    client.force_login(membership.staff)
    return client


def look_at_all(page: "Page") -> None:
    """Scrolls to each later panel of a customer's page until it is loaded, and back to the top."""
    for name in page.locator(".later").evaluate_all("all => all.map(one => one.id)"):
        page.locator(f"#{name}").evaluate("one => one.scrollIntoView()")
        page.locator(f"#{name}:not(.later)").wait_for()
        page.evaluate("scrollTo(0, 0)")


def sign_in(context: "BrowserContext", base: str, role: str = "owner") -> "Page":
    """A page of the console, on which somebody of the tiny ISP's staff has just signed in."""
    page = context.new_page()
    page.goto(f"{base}/baobab/console/sign-in/")
    page.get_by_label("E-mail").fill(f"{role}@baobab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/baobab/console/")
    return page

"""What the tests of the console share: its URL table, and objects to open."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import URLPattern, reverse

from headend.access import plans
from headend.access.models import Device, Session
from headend.billing import purchases
from headend.billing.models import Gateway, Purchase
from headend.customers import groups
from headend.doors.console.urls import urlpatterns
from headend.lib import clock
from headend.system import invitations
from headend.system.models import Invitation, Membership
from tests.kit import billing, vouchers
from tests.kit.world import PASSWORD, World

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

# What stands in the URL of each name that begins so; the longest beginning counts.
OBJECTS = {
    "customer": "customer",
    "subscription_add": "customer",
    "subscription": "subscription",
    "device": "device",
    "group": "group",
    "session": "session",
    "voucher": "voucher",
    "batch": "batch",
    "sheet": "sheet",
    "payment": "payment",
    "purchase": "purchase",
    "plan": "plan",
    "nas": "nas",
    "site": "site",
    "staff": "membership",
    "staff_invitation": "invitation",
}


@dataclass
class Objects:
    """One object of each kind, by its id."""

    ids: dict[str, int]
    token: str

    @classmethod
    def of(cls, world: World) -> "Objects":
        device, session = make_session(world)
        purchase = unfulfilled(world)
        group = groups.add(organization=world.organization, name="Estate B", by=None)
        invitation = invite(world)
        batch = vouchers.printed(world, released=False, sheets=3, each=2, note="Market day")
        return cls(
            {
                "customer": world.otieno.pk,
                "subscription": world.otieno_home.pk,
                "device": device.pk,
                "group": group.pk,
                "session": session.pk,
                "voucher": vouchers.sold(world).pk,
                "batch": batch.pk,
                "sheet": batch.sheet_set.get(number=1).pk,
                "payment": billing.payment_of(purchase).pk,
                "purchase": purchase.pk,
                "plan": world.home_10m.pk,
                "nas": world.hilltop.pk,
                "site": world.site.pk,
                "membership": world.staff["support"].pk,
                "invitation": invitation.pk,
            },
            invitations.token_of(invitation),
        )


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


def address(name: str, slug: str, objects: Objects, world: World) -> str:
    """The URL of that name, in the organization of `slug`, with the ids of `objects`."""
    values: dict[str, Any] = {"slug": slug}
    for parameter in parameters(name):
        if parameter == "pk":
            beginnings = [beginning for beginning in OBJECTS if name.startswith(beginning)]
            values["pk"] = objects.ids[OBJECTS[max(beginnings, key=len)]]
        else:
            values[parameter] = {"kind": "disabled", "token": objects.token}[parameter]
    return reverse(f"console:{name}", kwargs=values)


def words(response: Any) -> str:
    """A page as somebody reads it: a sum keeps together, and that is no part of its words."""
    return str(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")


def client_of(membership: Membership) -> Client:
    """A browser in which a member of staff is signed in."""
    client = Client()
    client.force_login(membership.staff)
    return client


def sign_in(context: "BrowserContext", base: str, role: str = "owner") -> "Page":
    """A page of the console, on which somebody of the tiny ISP's staff has just signed in."""
    page = context.new_page()
    page.goto(f"{base}/baobab/console/sign-in/")
    page.get_by_label("E-mail").fill(f"{role}@baobab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/baobab/console/")
    return page

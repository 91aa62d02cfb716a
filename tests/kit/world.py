"""One tiny ISP that everyone knows: Baobab Net, its staff, its NAS hilltop, two plans, three customers; and a neighbour."""

from dataclasses import dataclass, field

from headend.access import plans, subscriptions
from headend.access.models import Credential, Plan, Subscription
from headend.customers import customers, groups
from headend.customers.models import Customer, Group
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from headend.system import organizations, sealing, sites, staff
from headend.system.models import Membership, Organization, Role, Site

PASSWORD = "long-enough-1"
SECRET = "hilltop-secret-123"
NETWORK_PASSWORD = "radius-pass-1"


@dataclass
class World:
    """What a test begins with. `staff` and `neighbour_staff` are Memberships by role."""

    organization: Organization
    neighbour: Organization
    site: Site
    hilltop: NAS
    home_10m: Plan
    day_pass: Plan
    staff: dict[str, Membership] = field(default_factory=dict)
    neighbour_staff: dict[str, Membership] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)

    @property
    def otieno(self) -> Customer:
        return self.customers["otieno"]

    @property
    def otieno_home(self) -> Subscription:
        return self.subscriptions["otieno"]

    @property
    def default_group(self) -> Group:
        return Group.objects.get(organization=self.organization, is_default=True)

    def credential(self, name: str) -> Credential:
        return Credential.objects.get(organization=self.organization, name=name, ended_at=None)


def found(slug: str, name: str) -> Organization:
    organization = organizations.found(slug=slug, name=name, country="KE", currency="KES", timezone="Africa/Nairobi")
    groups.add_default(organization=organization)
    return organization


def hire(organization: Organization, domain: str) -> dict[str, Membership]:
    return {
        role: staff.register(
            organization=organization,
            email=f"{role}@{domain}",
            name=f"{role.title()} of {organization.name}",
            role=role,
            password=PASSWORD,
        )
        for role in Role.values
    }


def make() -> World:
    """Writes the world to the database."""
    sealing.remember_keys()
    organization, neighbour = found("baobab", "Baobab Net"), found("acacia", "Acacia Wireless")
    site = sites.add(organization=organization, name="Hilltop", by=None)
    hilltop = nas_verbs.add(
        organization=organization, by=None, name="hilltop", address="127.0.0.1", secret=SECRET, site=site
    )
    home = plans.add(
        organization=organization,
        by=None,
        name="Home 10M",
        connection_type="pppoe",
        price_minor=250_000,
        download_kbps=10_000,
        upload_kbps=3_000,
        validity_count=1,
        validity_unit="months",
    )
    day = plans.add(
        organization=organization,
        by=None,
        name="Day pass",
        connection_type="hotspot",
        price_minor=5_000,
        download_kbps=4_000,
        upload_kbps=1_000,
        validity_count=24,
        validity_unit="hours",
        cap_bytes=2_000_000_000,
        time_limit_seconds=8 * 3600,
        simultaneous_use=2,
        idle_timeout_seconds=600,
    )
    world = World(organization, neighbour, site, hilltop, home, day)
    world.staff = hire(organization, "baobab.example")
    world.neighbour_staff = hire(neighbour, "acacia.example")
    _sign_up(world, "otieno", "Otieno", "Ouma", phone="0712345678", plan=home)
    _sign_up(world, "grace", "Grace Wanjiru", "Mwangi", phone="0722418903", plan=home)
    _sign_up(world, "neema", "Neema", "Atieno", phone="0768274519", plan=day)
    return world


def _sign_up(world: World, username: str, first_name: str, last_name: str, *, phone: str, plan: Plan) -> None:
    customer = customers.register(
        organization=world.organization,
        by=None,
        first_name=first_name,
        last_name=last_name,
        phone=phone,
        site=world.site,
    )
    subscription = subscriptions.create(
        customer=customer, plan=plan, username=username, password=NETWORK_PASSWORD, by=None
    )
    world.customers[username] = customer
    world.subscriptions[username] = subscriptions.activate(subscription=subscription, by=None)

"""What the demo's outside world is told: the simulated router, and whoever reads the credentials file."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet

from headend.access import authorize, facts, vouchers
from headend.access.models import Credential, Device, Plan, Voucher
from headend.billing import providers
from headend.billing.models import Gateway
from headend.config.environment import Environment
from headend.demo import build
from headend.lib import clock, mac
from headend.messaging import carriers
from headend.messaging.gateways import smtp
from headend.messaging.models import CarrierKind, Channel
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from headend.system import sealing
from headend.system.models import Organization

# So many customers try in vain, each for another reason, so that there are refusals to look at.
REFUSED: Final = 4


@dataclass(frozen=True, slots=True)
class Hilltop:
    """The demo's organization and its NAS."""

    organization: Organization
    nas: NAS
    secret: bytes


def hilltop(*, coa_port: int, login_host: str) -> Hilltop:
    """Reads them from the database, and writes down where the router of this run listens."""
    nas = NAS.objects.select_related("organization").get(organization__slug=build.SLUG, name="hilltop")
    nas_verbs.edit(nas=nas, by=None, coa_port=coa_port, login_hosts=login_host)
    return Hilltop(nas.organization, nas, nas_verbs.open_secret(nas).encode())


def connect_money(place: Hilltop, base_url: str, key: str) -> None:
    """Writes down where the practice network of this run is, for payments and for SMS."""
    providers.move(gateway=Gateway.objects.get(organization=place.organization), base_url=base_url, key=key)
    carrier = carriers.kept_of(place.organization)
    assert carrier is not None, "the demo was built with one"
    # Whoever tries the pages may have set up another.
    if carrier.kind == CarrierKind.FAKE:
        carriers.move(carrier=carrier, base_url=base_url, key=key)


def connect_mail(place: Hilltop, host: str, port: int, key: str) -> None:
    """Writes down where the practice network of this run takes e-mail."""
    carrier = carriers.kept_of(place.organization, Channel.EMAIL)
    assert carrier is not None, "the demo was built with one"
    if carrier.kind == CarrierKind.PRACTICE_MAIL:
        carriers.move(carrier=carrier, base_url=smtp.place(smtp.PLAIN, host, port), key=key)


def router(place: Hilltop, settings: Environment, *, coa_port: int, hotspot_port: int, most: int) -> dict[str, Any]:
    """The simulated router's configuration: `most` customers who may connect, a few who may not, and a hotspot."""
    told = _named(place)
    accepted: list[Credential] = []
    refused: dict[str, Credential] = {}
    for credential in _credentials(place).exclude(pk=told.pk):
        decision = authorize.decide(facts.for_credential(credential))
        if isinstance(decision, authorize.Refusal):
            refused.setdefault(decision.code, credential)
        else:
            accepted.append(credential)
    passes = [credential for credential in accepted if credential.voucher_id is not None][: most // 4]
    lines = [credential for credential in accepted if credential.voucher_id is None][: most - len(passes)]
    chosen = lines + passes + list(refused.values())[:REFUSED]
    return {
        "auth": reachable(settings.auth),
        "acct": reachable(settings.acct),
        "secret": place.secret.decode(),
        "identifier": place.nas.name,
        "coa_port": coa_port,
        "interim_seconds": 10,
        "connect_per_second": 5,
        "logins": [_login(credential, index) for index, credential in enumerate(chosen)],
        "hotspot": {
            "port": hotspot_port,
            "portal": f"{settings.url}/{place.organization.slug}/hotspot/?nas={place.nas.token}",
            "login_by": "http-chap",
            "server_name": "hotspot-hilltop",
        },
    }


def credentials(
    place: Hilltop, settings: Environment, people: dict[str, Any], *, hotspot: str, money: str
) -> dict[str, Any]:
    """What `--credentials` writes. The first of `plans` is a PPPoE one; `money` is the practice network's own address."""
    told = _named(place)
    printed = _printed(place)
    sold = Plan.objects.filter(organization=place.organization, name__in=("Home 10M", "Day pass"))
    return {
        "organization": place.organization.slug,
        "web": f"http://{reachable(settings.web)}",
        "auth": reachable(settings.auth),
        "acct": reachable(settings.acct),
        "staff": people["staff"],
        "hotspot": hotspot,
        "practice_money": money,
        "portal": [*people["portal"], {"login": told.name, "password": _open(told)}],
        "nas": {"name": place.nas.name, "address": place.nas.address, "secret": place.secret.decode()},
        "pppoe": {"username": told.name, "password": _open(told)},
        "voucher": {"code": printed.code, "password": vouchers.open_password(printed)},
        "plans": [plan.name for plan in sold.order_by("-connection_type")],
        "other_organization": {"organization": build.OTHER_SLUG, "staff": people["other_staff"]},
    }


def reachable(address: str) -> str:
    """An address that is listened on everywhere, as one can reach it from here."""
    return address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - it is replaced, not bound


def _named(place: Hilltop) -> Credential:
    """The login that the credentials file names: the first customer, whom the simulated router leaves alone."""
    return _credentials(place)[0]


def _printed(place: Hilltop) -> Voucher:
    """A printed voucher that anybody may try: of a sheet that was handed out, the same one as long as it can be used."""
    now = clock.now()
    handed_out = Voucher.objects.filter(organization=place.organization, sheet__released_at__isnull=False).order_by(
        "-pk"
    )
    usable = handed_out.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now))
    # The history uses a sheet from its beginning.
    return usable.first() or handed_out[0]


def _credentials(place: Hilltop) -> QuerySet[Credential]:
    """The names of customers, and of the passes that they can still use; printed vouchers are nobody's yet."""
    now = clock.now()
    usable = Voucher.objects.filter(vouchers.in_state("unused", now) | vouchers.in_state("active", now))
    named = Q(subscription__isnull=False) | Q(voucher__in=usable.filter(customer__isnull=False))
    found = Credential.objects.filter(named, organization=place.organization, ended_at=None)
    return found.select_related("subscription", "voucher").order_by("pk")


def _login(credential: Credential, index: int) -> dict[str, Any]:
    holding = credential.subscription or credential.voucher
    assert holding is not None, "every name is of a subscription or of a voucher"
    device = Device.objects.filter(customer=holding.customer_id).order_by("pk").first()
    address = credential.subscription.framed_address if credential.subscription else ""
    return {
        "username": credential.name,
        "password": _open(credential),
        "kind": "hotspot" if holding.connection_type == "hotspot" else "pppoe",
        "mac": mac.pretty(device.mac if device else f"02AA00{index:06X}"),
        "address": address or f"10.30.200.{index + 2}",
        "rate_kbps": holding.download_kbps or 10_000,
    }


def _open(credential: Credential) -> str:
    return sealing.open_text(
        table="access_credential", column="secret", uid=credential.uid, sealed=credential.secret_sealed
    )

"""What the demo's outside world is told: the simulated router, and whoever reads the credentials file."""

from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from headend.access import authorize, facts
from headend.access.models import Credential, Device, Plan
from headend.config.environment import Environment
from headend.demo import build
from headend.lib import mac
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


def hilltop() -> Hilltop:
    """Reads them from the database."""
    nas = NAS.objects.select_related("organization").get(organization__slug=build.SLUG, name="hilltop")
    return Hilltop(nas.organization, nas, nas_verbs.open_secret(nas).encode())


def router(place: Hilltop, settings: Environment, coa_port: int, most: int) -> dict[str, Any]:
    """The simulated router's configuration: `most` customers who may connect, and a few who may not."""
    told = _named(place)
    accepted: list[Credential] = []
    refused: dict[str, Credential] = {}
    for credential in _credentials(place).exclude(pk=told.pk):
        decision = authorize.decide(facts.for_credential(credential))
        if isinstance(decision, authorize.Refusal):
            refused.setdefault(decision.code, credential)
        else:
            accepted.append(credential)
    chosen = accepted[:most] + list(refused.values())[:REFUSED]
    return {
        "auth": settings.auth.replace("0.0.0.0", "127.0.0.1"),  # noqa: S104 - it is replaced, not bound
        "acct": settings.acct.replace("0.0.0.0", "127.0.0.1"),  # noqa: S104 - the same
        "secret": place.secret.decode(),
        "identifier": place.nas.name,
        "coa_port": coa_port,
        "interim_seconds": 10,
        "connect_per_second": 5,
        "logins": [_login(credential, index) for index, credential in enumerate(chosen)],
    }


def credentials(place: Hilltop, settings: Environment, people: dict[str, Any]) -> dict[str, Any]:
    """What `--credentials` writes. The first of `plans` is a PPPoE one."""
    told = _named(place)
    sold = Plan.objects.filter(organization=place.organization, name__in=("Home 10M", "Day pass"))
    return {
        "organization": place.organization.slug,
        "web": f"http://{_reachable(settings.web)}",
        "auth": _reachable(settings.auth),
        "acct": _reachable(settings.acct),
        "staff": people["staff"],
        # Nobody can sign in to a portal yet.
        "portal": [],
        "nas": {"name": place.nas.name, "address": place.nas.address, "secret": place.secret.decode()},
        "pppoe": {"username": told.name, "password": _open(told)},
        "plans": [plan.name for plan in sold.order_by("-connection_type")],
        "other_organization": {"organization": build.OTHER_SLUG, "staff": people["other_staff"]},
    }


def _named(place: Hilltop) -> Credential:
    """The login that the credentials file names: the first customer, whom the simulated router leaves alone."""
    return _credentials(place)[0]


def _credentials(place: Hilltop) -> QuerySet[Credential]:
    return (
        Credential.objects.filter(organization=place.organization, ended_at=None)
        .select_related("subscription")
        .order_by("pk")
    )


def _login(credential: Credential, index: int) -> dict[str, Any]:
    subscription = credential.subscription
    device = Device.objects.filter(customer=subscription.customer_id).order_by("pk").first()
    return {
        "username": credential.name,
        "password": _open(credential),
        "kind": "hotspot" if subscription.connection_type == "hotspot" else "pppoe",
        "mac": mac.pretty(device.mac if device else f"02AA00{index:06X}"),
        "address": subscription.framed_address or f"10.30.200.{index + 2}",
        "rate_kbps": subscription.download_kbps or 10_000,
    }


def _open(credential: Credential) -> str:
    return sealing.open_text(
        table="access_credential", column="secret", uid=credential.uid, sealed=credential.secret_sealed
    )


def _reachable(address: str) -> str:
    return address.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - it is replaced, not bound

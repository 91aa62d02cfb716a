"""The gateways of an organization: added, listed, and spoken to."""

from typing import Final

from django.db import transaction

from headend.billing import happenings
from headend.billing.gateways import ADAPTERS
from headend.billing.gateways.adapter import Adapter, Target
from headend.billing.models import Gateway, Method
from headend.system import events, sealing
from headend.system.models import Organization, Staff

_TABLE: Final = "billing_gateway"


def add(
    *, organization: Organization, kind: str, name: str, network: str, base_url: str, key: str, by: Staff | None
) -> Gateway:
    """A gateway through which the organization takes mobile money from now on."""
    with transaction.atomic():
        gateway = Gateway(
            organization=organization, kind=kind, name=name, network=network, base_url=base_url.rstrip("/")
        )
        gateway.key_sealed = sealing.seal_text(table=_TABLE, column="key", uid=gateway.uid, text=key)
        gateway.save()
        events.record(happenings.GATEWAY_ADDED(kind=kind, name=name), organization=organization, subject=gateway, by=by)
    return gateway


def move(*, gateway: Gateway, base_url: str, key: str) -> None:
    """Another address and key of the same provider."""
    gateway.base_url = base_url.rstrip("/")
    gateway.key_sealed = sealing.seal_text(table=_TABLE, column="key", uid=gateway.uid, text=key)
    gateway.save(update_fields=["base_url", "key_sealed"])


def of(organization: Organization) -> list[Gateway]:
    """The gateways that customers can pay through, by name."""
    return list(Gateway.objects.filter(organization=organization, is_active=True).order_by("name", "pk"))


def network_of(organization: Organization, method: str) -> str:
    """Whose receipt codes a reference is one of: one code is one payment, whether it came by a prompt or is typed."""
    if method != Method.MOBILE:
        return method
    networks = {gateway.network for gateway in of(organization)}
    return networks.pop() if len(networks) == 1 else method


def speak(gateway: Gateway) -> tuple[Adapter, Target]:
    """What speaks to a provider, and where it is. Raises SealingError where its key cannot be opened."""
    key = sealing.open_text(table=_TABLE, column="key", uid=gateway.uid, sealed=gateway.key_sealed)
    return ADAPTERS[gateway.kind], Target(gateway.base_url, key)

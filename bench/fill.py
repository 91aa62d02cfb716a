"""Fills an installation of Headend with the customers of a benchmark: `python -m bench.fill CUSTOMERS_FILE SECRET`.

The first customer is made by the product's own verbs; the others are copies of his rows, so that each is as the verbs write it.
"""

import sys
import uuid
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from bench import customers
from bench.customers import DOWNLOAD_KBPS, INTERIM_SECONDS, UPLOAD_KBPS, Customer
from headend.cli import start

AT_ONCE: Final = 500


def main(path: Path, secret: str) -> None:
    start.ready()
    everybody = customers.read(path)
    first = _first(everybody[0], secret)
    heads = [_head(first)]
    heads += [
        head for at in range(1, len(everybody), AT_ONCE) for head in _copies(first, everybody[at : at + AT_ONCE], at)
    ]
    _analyze()
    filled = [replace(one, class_head=head) for one, head in zip(everybody, heads, strict=True)]
    customers.write(filled, path)


def _first(customer: Customer, secret: str) -> Any:
    """The organization with its router and plan, and one subscription."""
    from headend.access import devices, plans, subscriptions
    from headend.customers import customers as customer_verbs
    from headend.lib import clock
    from headend.network import nas
    from headend.system.models import Organization

    organization = Organization.objects.get()
    Organization.objects.update(interim_seconds=INTERIM_SECONDS)
    nas.add(organization=organization, by=None, name="hilltop", address="127.0.0.1", secret=secret)
    plan = plans.add(
        organization=organization,
        by=None,
        name="Home 10M",
        connection_type="pppoe",
        price_minor=250_000,
        download_kbps=DOWNLOAD_KBPS,
        upload_kbps=UPLOAD_KBPS,
        validity_count=1,
        validity_unit="months",
    )
    person = customer_verbs.register(organization=organization, by=None, first_name="Customer", last_name="000000")
    subscription = subscriptions.create(
        customer=person, plan=plan, username=customer.name, password=customer.password, by=None
    )
    # He has been online before, like most who connect on any day.
    devices.seen([(organization.pk, person.pk, customer.mac)], clock.now())
    return subscriptions.activate(subscription=subscription, by=None)


def _copies(first: Any, some: list[Customer], first_number: int) -> list[str]:
    """Copies of the first customer, with his subscription, usage, credential and device. Returns their Class heads."""
    from django.db import transaction

    from headend.access.models import Credential, Device, UsagePeriod
    from headend.lib import ids
    from headend.system import sealing

    named = [(f"{first_number + place:06d}", one) for place, one in enumerate(some)]
    with transaction.atomic():
        people = _insert(
            first.customer,
            [
                {
                    "last_name": number,
                    "account_number": f"B{number}",
                    "account_number_key": f"B{number}",
                    "sort_key": f"{number} customer",
                }
                for number, _ in named
            ],
        )
        running = _insert(first, [{"customer": person} for person in people])
        _insert(
            UsagePeriod.objects.get(subscription=first, ends_at=first.expires_at),
            [{"subscription": one} for one in running],
        )
        credential = Credential.objects.get(subscription=first)
        fields = []
        for one, subscription in zip(some, running, strict=True):
            uid = uuid.uuid4()
            sealed = sealing.seal_text(table="access_credential", column="secret", uid=uid, text=one.password)
            key = ids.name_key(one.name)
            fields.append(
                {"uid": uid, "name": one.name, "name_key": key, "secret_sealed": sealed, "subscription": subscription}
            )
        _insert(credential, fields)
        device = Device.objects.get(customer=first.customer)
        _insert(device, [{"customer": person, "mac": one.mac} for person, one in zip(people, some, strict=True)])
    return [_head(subscription) for subscription in running]


def _insert(row: Any, changes: list[dict[str, Any]]) -> list[Any]:
    """Inserts copies of a row, each with its changes; what has a unique `uid` gets a new one."""
    made = []
    for change in changes:
        one = copy(row)
        one._state = copy(row._state)
        one._state.adding = True
        one.pk = None
        if hasattr(one, "uid"):
            one.uid = uuid.uuid4()
        for name, value in change.items():
            setattr(one, name, value)
        made.append(one)
    return list(type(row).objects.bulk_create(made))


def _head(subscription: Any) -> str:
    return f"h1:{subscription.pk}:"


def _analyze() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

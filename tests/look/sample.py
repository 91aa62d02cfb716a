"""Run inside a demo's home: adds the few states that three months have not brought about, and prints what to open as JSON.

A demo is a busy place, so that what is picked by its state is picked here, at once, and not by its place in a list.
"""

import json
import sys
import time
from datetime import timedelta
from typing import Any, Final

import django

PASSWORD: Final = "mawingu-2026"
# Patience, and no promise: other tests may keep the machine busy.
PATIENCE_SECONDS: Final = 120.0


def main() -> None:
    django.setup()
    from django.db import transaction

    _wait_for_a_session()
    with transaction.atomic():
        found = {"password": PASSWORD, "objects": {**_people(), **_things(), **_guest()}}
    sys.stdout.write(json.dumps(found))


def _wait_for_a_session() -> None:
    """The simulated router begins to connect customers when the demo is ready."""
    from headend.access.models import Session

    deadline = time.monotonic() + PATIENCE_SECONDS
    live = Session.objects.filter(organization__slug="baobab", ended_at=None, subscription__isnull=False)
    while not live.exists():
        assert time.monotonic() < deadline, "the simulated router connects nobody"
        time.sleep(0.2)


def _people() -> dict[str, Any]:
    """Customers in their states, and what hangs on one of each."""
    from headend.access import blocks
    from headend.access.models import Block, Device, Session, Subscription
    from headend.customers import groups, suspensions
    from headend.customers.models import Customer, Suspension
    from headend.system.models import Membership, Organization
    from tests.kit import sample

    baobab = Organization.objects.get(slug="baobab")
    owner = Membership.objects.get(organization=baobab, role="owner").staff
    live = Session.objects.filter(organization=baobab, ended_at=None, subscription__isnull=False)
    session = live.select_related("subscription__customer").order_by("pk")[0]
    device = Device.objects.filter(customer=session.customer_id)[0]
    other_device = Device.objects.filter(organization=baobab).exclude(customer=session.customer_id).order_by("-pk")[0]
    blocks.block(device=other_device, by=None, reason="Lent to a neighbour")
    closed = groups.add(organization=baobab, name="Old market", by=None)
    suspensions.suspend(group=closed, kind="disabled", by=None, reason="The tower is gone")
    halted = {
        row.kind: row.customer_id
        for row in Suspension.objects.filter(organization=baobab, lifted_at=None, customer__isnull=False).order_by(
            # The last one stays: the customer with the most to see.
            "-customer__created_at"
        )
    }
    drafts = Subscription.objects.filter(organization=baobab, activated_at=None, ended_at=None)
    draft = drafts.order_by("-pk")[0]
    block = Block.objects.get(organization=baobab, lifted_at=None, subscription__isnull=False)
    deleted = Customer.objects.filter(organization=baobab, deleted_at__isnull=False, erased_at=None)
    free, owing, gone = _signed_up(baobab)
    return {
        **sample.of_customer(session.subscription.customer, owner),
        "customer.free": free.pk,
        "customer.owing": owing.pk,
        "customer.erased": gone.pk,
        "customer": session.customer_id,
        "customer.overdue": halted["overdue"],
        "customer.disabled": halted["disabled"],
        "customer.abuse": halted["abuse"],
        "customer.deleted": deleted[0].pk,
        "customer.draft": draft.customer_id,
        "customer.new": Customer.objects.get(organization=baobab, email="neema@example.com").pk,
        "subscription": session.subscription_id,
        "subscription.draft": draft.pk,
        "subscription.blocked": block.subscription_id,
        "session": session.pk,
        "session.ended": Session.objects.filter(organization=baobab, ended_at__isnull=False).order_by("-pk")[0].pk,
        "device": device.pk,
        "device.blocked": other_device.pk,
        "group": groups.add(organization=baobab, name="Estate C", by=None).pk,
        "group.disabled": closed.pk,
    }


def _signed_up(baobab: Any) -> list[Any]:
    """Somebody who paid, somebody who owes, and somebody who was deleted permanently."""
    from headend.access.models import Plan
    from headend.billing import signups
    from headend.desk import erasures

    home = Plan.objects.get(organization=baobab, name="Home 10M")
    made = [
        signups.sign_up(
            organization=baobab,
            person={"first_name": name, "last_name": "Njoroge"},
            package=signups.Package(plan=home),
            charge=signups.Charge(method=method),
            activate=True,
            key=f"look:{name}",
            by=None,
        ).customer
        for name, method in (("Rehema", "cash"), ("Salim", ""), ("Tabitha", "cash"))
    ]
    erasures.erase(customer=made[-1], account_number=made[-1].account_number, by=None)
    return made


def _things() -> dict[str, Any]:
    """What the organization has: plans, routers, places, staff, vouchers."""
    from headend.access import plans, vouchers
    from headend.access.models import Batch, DefaultTrigger, Plan, Voucher
    from headend.billing import signups
    from headend.lib import clock
    from headend.messaging.models import Broadcast
    from headend.network.models import NAS
    from headend.system import invitations
    from headend.system.models import Membership, Organization, Site

    baobab = Organization.objects.get(slug="baobab")
    now = clock.now()
    retired = plans.add(
        organization=baobab,
        by=None,
        name="Home 2M",
        connection_type="pppoe",
        price_minor=90_000,
        download_kbps=2_000,
        upload_kbps=1_000,
        validity_count=1,
        validity_unit="months",
    )
    plans.retire(plan=retired, by=None)
    waits = signups.sign_up(
        organization=baobab,
        person={"first_name": "Wanjiku", "last_name": "Mbugua", "phone": "0799666030"},
        package=signups.Package(plan=Plan.objects.get(organization=baobab, name="Home 10M")),
        charge=signups.Charge(method="cash", installation_minor=200_000),
        activate=False,
        key="look:sign-up",
        by=None,
    )
    invited = baobab.invitation_set.get()
    batch = Batch.objects.get(organization=baobab)
    printed = Voucher.objects.filter(organization=baobab, customer=None)
    unused = printed.filter(vouchers.in_state("unused", now)).order_by("pk")
    void = vouchers.void(voucher=unused[0], by=None, reason="Misprinted")
    return {
        "customer.waiting": waits.customer_id,
        "subscription.waiting": waits.subscription_id,
        "broadcast": Broadcast.objects.get(organization=baobab, begun_at=None).pk,
        "broadcast.finished": Broadcast.objects.get(organization=baobab, begun_at__isnull=False).pk,
        "batch": batch.pk,
        "sheet": batch.sheet_set.get(number=2).pk,
        "sheet.released": batch.sheet_set.get(number=1).pk,
        "plan": Plan.objects.get(organization=baobab, name="Home 10M").pk,
        "plan.hotspot": Plan.objects.get(organization=baobab, name="Day pass").pk,
        "plan.retired": retired.pk,
        "nas": NAS.objects.get(organization=baobab).pk,
        "site": Site.objects.filter(organization=baobab)[0].pk,
        "default_trigger": DefaultTrigger.objects.filter(organization=baobab)[0].pk,
        "membership": Membership.objects.get(organization=baobab, role="support").pk,
        "invitation": invited.pk,
        "invitation.token": invitations.token_of(invited),
        "voucher": unused[0].pk,
        "voucher.used": Voucher.objects.filter(organization=baobab, first_used_at__isnull=False).order_by("-pk")[0].pk,
        "voucher.void": void.pk,
    }


def _guest() -> dict[str, Any]:
    """One guest with a password for the portal, whose purchases ended in every way."""
    from headend.access import password_links, signins, subscriptions
    from headend.access.models import Plan
    from headend.billing import payments, providers, purchases
    from headend.billing.models import Payment, Purchase
    from headend.customers.models import Customer
    from headend.lib import clock
    from headend.system.models import Organization

    baobab = Organization.objects.get(slug="baobab")
    short = Purchase.objects.filter(organization=baobab, unfulfilled_at__isnull=False, closed_at=None)[0]
    fulfilled = Purchase.objects.filter(organization=baobab, fulfilled_at__isnull=False, voucher__isnull=False)
    guest = Customer.objects.get(pk=short.customer_id)
    signins.set_password(customer=guest, password=PASSWORD, by=None)
    gateway, plan = providers.of(baobab)[0], Plan.objects.get(organization=baobab, name="Day pass")
    asked = [
        purchases.start(customer=guest, plan=plan, gateway=gateway, phone=f"07996660{number}", key=f"look:{number}")
        for number in range(11, 14)
    ]
    _waits, failed, silent = (purchase.payment for purchase in asked)
    assert failed is not None
    assert silent is not None
    payments.fail(payment=failed, reason="declined")
    payments.leave_to_a_person(payment=silent)
    with clock.at(clock.now() - timedelta(minutes=20)):
        fills = payments.top_up(
            customer=guest, gateway=gateway, phone="0799666020", amount_minor=20_000, key="look:top-up"
        )
    _ask_nobody()
    capped = Plan.objects.filter(organization=baobab, connection_type="pppoe", cap_bytes__isnull=False).order_by("pk")[
        0
    ]
    package = subscriptions.create(customer=guest, plan=capped, username="look-ahead", by=None)
    for _ in range(2):
        package = subscriptions.activate(subscription=package, by=None)
    own = fulfilled.filter(customer=guest).order_by("-pk")[0]
    return {
        "customer.guest": guest.pk,
        "purchase": short.pk,
        "payment": own.payment_set.get().pk,
        "payment.unknown": Payment.objects.filter(organization=baobab, state="unknown").order_by("pk")[0].pk,
        "payment.failed": failed.pk,
        "guest": guest.phone,
        "guest.package": package.pk,
        "guest.password_link": password_links.make(guest),
        "guest.purchase": str(own.uid),
        "guest.purchase.waiting": str(asked[0].uid),
        "guest.purchase.failed": str(asked[1].uid),
        "guest.purchase.silent": str(asked[2].uid),
        "guest.purchase.kept": str(short.uid),
        "guest.payment": str(fills.uid),
    }


def _ask_nobody() -> None:
    """What was just begun stays as it is: no phone of the practice network is asked, and no question is put."""
    from headend.billing.models import Payment, Prompt
    from headend.lib import clock
    from headend.system.models import Job, State

    Prompt.objects.filter(state=State.QUEUED, payment__key__startswith="look:").update(
        state=State.SENT, finished_at=clock.now()
    )
    begun = list(Payment.objects.filter(key__startswith="look:").values_list("pk", flat=True))
    Job.objects.filter(state=State.QUEUED, kind="ask_provider", payload__payment_id__in=begun).delete()


if __name__ == "__main__":
    main()

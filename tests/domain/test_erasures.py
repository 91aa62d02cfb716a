"""Deleting permanently: access ends, what is personal is gone from every table, and the money stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from headend.access import blocks, enforcement, facts, recording, sessions, signins, subscriptions
from headend.access.authorize import Refusal, decide
from headend.access.metering import LATE_SECONDS, Report
from headend.access.models import Session, Subscription, UsageDay, Voucher
from headend.billing import callbacks, payments, purchases, receipts
from headend.billing.models import Payment, PaymentState
from headend.billing.signups import Charge, Package, sign_up
from headend.customers import customers, suspensions
from headend.customers.models import Customer
from headend.desk import erasures, removals
from headend.ledger import accounts
from headend.ledger.models import Entry
from headend.lib import clock
from headend.network.models import Command
from headend.reports import customers as list_report
from headend.system import search
from headend.system.models import Job, State
from tests.kit import billing, portal
from tests.kit.verbs import connects, enforced, event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NUMBER = "BN-100001"


def erase(customer: Customer, number: str = "") -> Customer:
    return erasures.erase(customer=customer, account_number=number or customer.account_number, by=None)


def waiting_jobs(kind: str) -> int:
    return Job.objects.filter(kind=kind, state=State.QUEUED).count()


def stop(world: World, **more: Any) -> Report:
    """What hilltop reports at the end of the session that `connects` began."""
    return Report(
        kind="stop",
        organization_id=world.organization.pk,
        nas_id=world.hilltop.pk,
        zone=world.organization.timezone,
        user_name="otieno",
        acct_session_id="81a00001",
        event_at=clock.now(),
        **more,
    )


def test_it_works(world: World) -> None:
    owner = world.staff["owner"].staff
    bought = portal.bought(world, world.otieno)
    assert bought.voucher is not None
    entries = list(Entry.objects.order_by("pk").values())
    forget()

    gone = erasures.erase(customer=world.otieno, account_number=" bn-100001 ", by=owner)

    assert (gone.account_number, gone.name) == ("ERASED-1", "ERASED-1")
    stored = Customer.objects.get(pk=world.otieno.pk)
    assert stored.erased_at is not None
    assert stored.deleted_at is not None
    assert stored.uid != world.otieno.uid
    assert Subscription.objects.get(pk=world.otieno_home.pk).state == "ended"
    assert Voucher.objects.get(pk=bought.voucher.pk).state_at(clock.now()) == "void"
    said = event("customer.erased")
    assert (said.staff, said.payload) == (owner, {"number": "ERASED-1", "packages": 1, "vouchers": 1})
    assert happened() == ["subscription.ended", "voucher.voided", "customer.erased"]
    assert ("customer", world.otieno.pk) in enforced()
    # Money is where it was.
    assert list(Entry.objects.order_by("pk").values()) == entries
    assert billing.wrong() == {}


def test_a_second_press_does_no_harm(world: World) -> None:
    erase(world.otieno)
    forget()

    assert erase(world.otieno, "whatever").account_number == "ERASED-1"

    assert happened() == []
    assert not Job.objects.exists()


def test_each_gets_a_number_of_its_own(world: World) -> None:
    numbers = [erase(customer).account_number for customer in world.customers.values()]

    assert numbers == ["ERASED-1", "ERASED-2", "ERASED-3"]


def test_a_number_that_somebody_chose_is_left_out(world: World) -> None:
    customers.edit(customer=world.customers["grace"], by=None, extra_account_number="erased-1")

    assert erase(world.otieno).account_number == "ERASED-2"


def test_another_account_number_is_refused_at_its_field(world: World) -> None:
    for typed in ("", "BN-100002", "100001", "ERASED-1"):
        with refused("account_number_wrong", "account_number"):
            erasures.erase(customer=world.otieno, account_number=typed, by=None)

    assert Customer.objects.get(pk=world.otieno.pk).name == "Otieno Ouma"


def test_an_open_debt_is_refused(world: World) -> None:
    owing = sign_up(
        organization=world.organization,
        person={"first_name": "Owing"},
        package=Package(world.home_10m),
        charge=Charge(),
        activate=True,
        key="owing",
        by=None,
    ).customer
    with refused("debt_open"):
        erase(owing)

    receipts.take(customer=owing, method="cash", amount_minor=250_000, key="paid", by=None)
    assert erase(owing).account_number == "ERASED-1"


def test_money_in_the_wallet_is_refused(world: World) -> None:
    portal.pays(world.otieno, 5_000)
    with refused("wallet_not_empty"):
        erase(world.otieno)

    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="spent", by=None)
    assert erase(world.otieno).account_number == "ERASED-1"


def test_a_payment_of_which_nobody_knows_is_refused(world: World) -> None:
    payment = billing.payment_of(portal.asked(world, world.otieno, billing.practice(world.organization)))
    with refused("payment_under_way"):
        erase(world.otieno)

    payments.leave_to_a_person(payment=payment)
    with refused("payment_under_way"):
        erase(world.otieno)

    payments.fail(payment=payment, reason="declined")
    assert erase(world.otieno).account_number == "ERASED-1"


def test_nothing_is_done_with_somebody_who_is_gone(world: World) -> None:
    before = world.otieno
    gone = erase(world.otieno)
    forget()

    # Of the page that was open before as well.
    for customer in (gone, before):
        with refused("customer_is_erased"):
            removals.undelete(customer=customer, by=None)
        with refused("customer_is_erased"):
            customers.edit(customer=customer, by=None, first_name="Back")
        with refused("customer_is_erased"):
            receipts.take(customer=customer, method="cash", amount_minor=100, key="late", by=None)
        with refused("customer_is_erased"):
            suspensions.suspend(customer=customer, kind="abuse", reason="Otieno", by=None)
    for verb in (
        lambda: blocks.block(subscription=Subscription.objects.get(pk=world.otieno_home.pk), by=None),
        lambda: signins.set_password(customer=gone, password="mawingu-2026", by=None),
    ):
        with refused("customer_is_erased"):
            verb()
    with refused("subscription_ended"):
        subscriptions.activate(subscription=world.otieno_home, by=None)
    with refused("customer_is_deleted"):
        subscriptions.create(customer=gone, plan=world.day_pass, username="back", by=None)
    with refused("customer_may_not_buy"):
        purchases.buy_from_wallet(customer=gone, plan=world.day_pass, key="b", by=None)
    removals.delete(customer=gone, by=None)
    assert happened() == []


def test_it_is_on_no_list_and_nothing_finds_it(world: World) -> None:
    removals.delete(customer=world.otieno, by=None)
    erase(world.otieno)

    for view in list_report.VIEWS:
        assert world.otieno not in list_report.listed(world.organization, view).rows
    for query in ("Otieno", "0712345678", NUMBER, "ERASED-1", "otieno"):
        assert world.otieno.pk not in search.find(organization=world.organization, query=query)


def test_what_it_was_called_is_free_at_once(world: World) -> None:
    customers.edit(
        customer=world.otieno, by=None, email="otieno@example.com", username="otieno", extra_account_number="7788"
    )
    erase(world.otieno)

    heir = customers.register(
        organization=world.organization,
        by=None,
        first_name="Otieno",
        last_name="Ouma",
        phone="0712345678",
        email="otieno@example.com",
        username="otieno",
        extra_account_number="7788",
    )
    own = subscriptions.create(customer=heir, plan=world.home_10m, username="otieno", by=None)
    subscriptions.activate(subscription=own, by=None)

    assert not isinstance(decide(facts.for_name(world.organization, "otieno")), Refusal)


def test_whoever_is_connected_is_cut_off_by_the_names_that_the_router_knows(world: World) -> None:
    live = connects(
        world, "otieno", mac="DC2C6E410001", framed_address="10.0.3.1", subscription_id=world.otieno_home.pk
    )
    erase(world.otieno)

    assert enforcement.enforce(scope="customer", scope_id=world.otieno.pk) == 1
    command = Command.objects.get(session_id=live.pk)
    assert command.identification["user_name"] == "otieno"
    assert command.identification["acct_session_id"] == "81a00001"

    erasures.finish(customer_id=world.otieno.pk)
    # Neither is ended yet: both are needed, and looked at again.
    assert Session.objects.get(pk=live.pk).user_name == "otieno"
    assert waiting_jobs("erase_traces") == 1

    Command.objects.update(state=State.DELIVERED, finished_at=clock.now())
    recording.record([stop(world, seconds=60, download_octets=1_000)])
    ended = Session.objects.get(pk=live.pk)
    assert (ended.download_bytes, ended.user_name) == (1_000, "otieno")

    with clock.at(clock.now() + timedelta(seconds=LATE_SECONDS + 1)):
        Job.objects.all().delete()
        erasures.finish(customer_id=world.otieno.pk)
    wiped = Session.objects.get(pk=live.pk)
    assert (wiped.user_name, wiped.mac, wiped.framed_address, wiped.acct_session_id) == ("ERASED-1", "", "", "")
    assert wiped.download_bytes == 1_000
    assert UsageDay.objects.get(subscription=world.otieno_home).download_bytes == 1_000
    assert Command.objects.get(pk=command.pk).identification == {}
    assert waiting_jobs("erase_traces") == 0


def test_a_router_that_goes_on_reporting_is_told_again_and_its_names_go_again(world: World) -> None:
    erase(world.otieno)
    Job.objects.all().delete()

    again = connects(world, "otieno", mac="DC2C6E410001", class_token="t" * 8, subscription_id=world.otieno_home.pk)

    assert again.customer_id == world.otieno.pk
    assert waiting_jobs("erase_traces") == 1
    assert not world.otieno.device_set.exists()
    assert search.find(organization=world.organization, query="DC2C6E410001") == []
    assert enforcement.sweep() == 1


def test_money_that_comes_late_is_booked_and_its_traces_go(world: World) -> None:
    payment = billing.payment_of(portal.asked(world, world.otieno, billing.practice(world.organization)))
    payments.fail(payment=payment, reason="declined")
    told = billing.says(payment)
    erase(world.otieno)
    Job.objects.all().delete()

    callbacks.take(
        payment=Payment.objects.select_related("organization", "customer", "gateway").get(), body=told, source="::1"
    )

    late = Payment.objects.get()
    assert late.state == PaymentState.SETTLED
    assert accounts.available(customer=world.otieno) == 5_000
    assert list(purchases.to_act_on(organization=world.organization)) == [late.purchase]
    assert billing.wrong() == {}
    erasures.finish(customer_id=world.otieno.pk)
    assert list(late.callback_set.values_list("body", "outcome")) == [("", "credit")]


def test_many_sessions_take_no_more_statements(world: World) -> None:
    def session(customer: Customer, subscription: Subscription, number: int) -> Session:
        at = clock.now() - timedelta(days=1)
        return Session(
            organization=world.organization,
            nas=world.hilltop,
            customer=customer,
            subscription=subscription,
            user_name="name",
            acct_session_id=f"{customer.pk}-{number}",
            mac="DC2C6E410001",
            started_at=at,
            updated_at=at,
            ended_at=at,
        )

    statements = []
    for name, count in (("grace", 3), ("otieno", 30)):
        customer, subscription = world.customers[name], world.subscriptions[name]
        Session.objects.bulk_create([session(customer, subscription, number) for number in range(count)])
        with CaptureQueriesContext(connection) as captured:
            erase(customer)
        statements.append(len(captured))
        assert Session.objects.filter(customer=customer, user_name=f"ERASED-{len(statements)}").count() == count

    assert statements[1] <= statements[0]
    assert statements[0] < 80


def test_it_is_the_organization_s_own_series(world: World) -> None:
    stranger = customers.register(organization=world.neighbour, by=None, first_name="Stranger")
    erase(world.otieno)

    assert erase(stranger).account_number == "ERASED-1"


def test_a_session_without_end_keeps_the_job_going(world: World) -> None:
    connects(world, "otieno")
    erase(world.otieno)
    Job.objects.all().delete()

    erasures.finish(customer_id=world.otieno.pk)

    assert waiting_jobs("erase_traces") == 1
    assert sessions.reap() == 0

"""Vouchers in the console: found, looked into, revealed, voided."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access import batches, blocks, refusals, subscriptions, vouchers
from headend.access.models import Batch, Session, Sheet, Voucher
from headend.billing import purchases, receipts
from headend.billing.models import Payment
from headend.lib import clock
from headend.system.models import Event, Job
from tests.kit import console
from tests.kit.vouchers import MAC, OTHER_MAC, of, printed, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def page(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def use(world: World, voucher: Voucher, mac: str = MAC, number: int = 1, *, over: bool = False) -> Session:
    """A device connects with a voucher."""
    now = clock.now()
    return Session.objects.create(
        organization=world.organization,
        nas=world.hilltop,
        voucher=voucher,
        customer=voucher.customer,
        user_name=voucher.code_key.upper(),
        acct_session_id=f"9100{number:04d}",
        mac=mac,
        framed_address=f"10.5.50.{number}",
        started_at=now - timedelta(hours=1),
        updated_at=now,
        ended_at=now if over else None,
        session_seconds=3600,
    )


def test_an_unused_voucher(world: World, client: Client) -> None:
    voucher = sold(world)
    text = page(client, f"vouchers/{voucher.pk}/")
    for part in (voucher.code, "Unused", "Day pass", "of 2.0 GB", "of 8h 00m", "24 hours from first use", "KES 50"):
        assert part in text
    assert f'href="{BASE}customers/{voucher.customer_id}/">Neema Atieno</a>' in text
    assert "No: voucher blocked." not in text
    assert "No session yet" in text
    assert vouchers.open_password(voucher) not in text


def test_a_used_voucher(world: World, client: Client) -> None:
    voucher = sold(world)
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now() - timedelta(hours=1))
    Voucher.objects.filter(pk=voucher.pk).update(download_bytes=640_000_000, session_seconds=7200)
    session = use(world, voucher)
    use(world, voucher, OTHER_MAC, 2, over=True)
    use(world, voucher, OTHER_MAC, 3, over=True)

    response = client.get(f"{BASE}vouchers/{voucher.pk}/")

    text = response.content.decode()
    for part in ("Active", "Online", "640 MB", "2h 00m", "AA:BB:CC:00:11:22", "AA:BB:CC:33:44:55"):
        assert part in text
    assert "Yes, and is connected." in text
    assert {(seen.mac, seen.sessions) for seen in response.context["hub"].devices} == {(MAC, 1), (OTHER_MAC, 2)}
    assert f'href="{BASE}sessions/{session.pk}/"' in text
    # And back from the session.
    assert f'href="{BASE}vouchers/{voucher.pk}/">{voucher.code}</a>' in page(client, f"sessions/{session.pk}/")
    assert f'href="{BASE}vouchers/{voucher.pk}/">{voucher.code}</a>' in page(
        client, f"customers/{voucher.customer_id}/"
    )


def test_two_devices_of_two_are_no_fault(world: World, client: Client) -> None:
    voucher = sold(world)
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now() - timedelta(hours=1))
    use(world, voucher)
    use(world, voucher, OTHER_MAC, 2)
    text = page(client, f"vouchers/{voucher.pk}/")
    assert "A further device is refused until one disconnects." in text
    assert 'class="full" data-code="session_limit"' in text
    assert 'class="fail"' not in text


@pytest.mark.parametrize(
    ("changes", "state", "why"),
    [
        ({"download_bytes": 2_000_000_000}, "Used up", "No: voucher used up."),
        ({"session_seconds": 8 * 3600}, "Used up", "No: voucher used up."),
        ({"valid_until": clock.now() - timedelta(days=1)}, "Expired", "No: voucher expired."),
    ],
)
def test_what_is_over_says_why(world: World, client: Client, changes: dict[str, object], state: str, why: str) -> None:
    voucher = sold(world, **changes)
    text = page(client, f"vouchers/{voucher.pk}/")
    assert f"</svg>{state}" in text
    assert why in text


def test_a_printed_voucher(world: World, client: Client) -> None:
    batch = printed(world, released=False)
    (voucher,) = of(batch)
    text = page(client, f"vouchers/{voucher.pk}/")
    assert f"Sheet 1 of batch {batch.number}</a>, not released" in text
    assert "Sheet not released" in text
    assert f'href="{BASE}vouchers/batches/{batch.pk}/">Batch {batch.number}</a>' in text
    sheet = Sheet.objects.get(batch=batch)
    batches.release(sheet=sheet, by=None)
    assert "Yes: nothing here refuses a login." in page(client, f"vouchers/{voucher.pk}/")
    batches.void(sheet=sheet, by=None)
    text = page(client, f"vouchers/{voucher.pk}/")
    assert "with its sheet" in text
    assert "No: voucher void." in text
    # What is void is not voided again.
    assert "/voiding/" not in text


# The password


def test_revealing_the_password_is_an_event(world: World, client: Client) -> None:
    voucher = sold(world)
    password = vouchers.open_password(voucher)
    place = f"{BASE}vouchers/{voucher.pk}/secret/"

    response = client.post(place)

    assert password in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.get(kind="credential.revealed")
    assert (event.staff, event.customer_id) == (world.staff["operator"].staff, voucher.customer_id)
    assert password not in str([event.payload, event.personal])
    part = client.post(place, headers={"HX-Request": "true"}).content.decode()
    assert password in part
    assert "<html" not in part
    assert client.get(place).status_code == 404


@pytest.mark.parametrize("role", ["cashier", "support"])
def test_not_everybody_may_see_or_void(world: World, role: str) -> None:
    voucher, limited = sold(world), console.client_of(world.staff[role])
    text = page(limited, f"vouchers/{voucher.pk}/")
    assert "/secret/" not in text
    assert "/voiding/" not in text
    for noun in ("secret", "voiding"):
        assert limited.post(f"{BASE}vouchers/{voucher.pk}/{noun}/", {"reason": "x"}).status_code == 403
    assert not Event.objects.filter(kind="credential.revealed").exists()


def bought_of(world: World, role: str) -> Voucher:
    """Neema buys a voucher at the counter."""
    neema, by = world.customers["neema"], world.staff[role].staff
    receipts.take(customer=neema, method="cash", amount_minor=5_000, key=f"paid-{role}", by=by)
    bought = purchases.buy_from_wallet(customer=neema, plan=world.day_pass, key=f"bought-{role}", by=by)
    assert bought.voucher is not None
    return bought.voucher


def test_who_sold_it_tells_the_password_until_it_is_used(world: World) -> None:
    cashier = console.client_of(world.staff["cashier"])
    voucher, other = bought_of(world, "cashier"), bought_of(world, "operator")
    place = f"{BASE}vouchers/{voucher.pk}/secret/"
    assert place in page(cashier, f"vouchers/{voucher.pk}/")

    assert vouchers.open_password(voucher) in cashier.post(place).content.decode()

    assert Event.objects.get(kind="credential.revealed").staff == world.staff["cashier"].staff
    # Not what a colleague sold, nor what is used.
    assert "so can whoever sold it" in page(cashier, f"vouchers/{other.pk}/")
    assert cashier.post(f"{BASE}vouchers/{other.pk}/secret/").status_code == 403
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now())
    assert cashier.post(place).status_code == 403
    assert Event.objects.filter(kind="credential.revealed").count() == 1


# Voiding


def test_voiding(world: World, client: Client) -> None:
    voucher = sold(world)
    use(world, voucher)
    Job.objects.all().delete()
    place = f"{BASE}vouchers/{voucher.pk}/voiding/"
    asked = page(client, f"vouchers/{voucher.pk}/voiding/")
    assert f"Void the voucher {voucher.code}?" in asked
    assert "What Neema Atieno paid for it does not go back into the wallet." in asked
    assert client.post(place, {"reason": ""}).status_code == 400

    text = client.post(place, {"reason": "Sold twice"}, follow=True).content.decode()

    assert f"The voucher {voucher.code} is void." in text
    assert "Sold twice" in text
    assert "by Operator of Baobab Net" in text
    assert "No: voucher void." in text
    assert Job.objects.get(kind="enforce").payload == {"scope": "voucher", "scope_id": voucher.pk}
    assert f"Voucher {voucher.code} of Day pass voided: Sold twice, by Operator of Baobab Net" in page(
        client, f"customers/{voucher.customer_id}/"
    )
    again = client.post(place, {"reason": "Again"})
    assert again.status_code == 400
    assert f"The voucher {voucher.code} is void already." in again.content.decode()
    voucher.refresh_from_db()
    assert voucher.void_reason == "Sold twice"


def test_blocking_and_unblocking(world: World, client: Client) -> None:
    voucher = sold(world)
    use(world, voucher)
    Job.objects.all().delete()
    place = f"{BASE}vouchers/{voucher.pk}/block/"
    assert f"Block the voucher {voucher.code}?" in page(client, f"vouchers/{voucher.pk}/block/")
    assert client.post(place, {"reason": ""}).status_code == 400
    assert "/block/lift/" not in page(client, f"vouchers/{voucher.pk}/")

    text = client.post(place, {"reason": "Passed on"}, follow=True).content.decode()

    assert f"The voucher {voucher.code} is blocked." in text
    for words in ("No: voucher blocked.", "Passed on", "by Operator of Baobab Net", "Unblock"):
        assert words in text
    assert f'href="{place}"' not in text
    assert Job.objects.get(kind="enforce").payload == {"scope": "voucher", "scope_id": voucher.pk}
    assert "blocked: Passed on" in page(client, f"customers/{voucher.customer_id}/")
    cashier = page(console.client_of(world.staff["cashier"]), f"vouchers/{voucher.pk}/")
    assert "Passed on" in cashier
    assert "Unblock" not in cashier

    for said in (f"The voucher {voucher.code} is unblocked.", "It was not blocked."):
        text = client.post(f"{place}lift/", follow=True).content.decode()
        assert said in text
    assert "No: voucher blocked." not in text
    assert "Passed on" not in text


def test_a_voucher_that_is_over_is_not_blocked(world: World, client: Client) -> None:
    voucher = sold(world, voided_at=clock.now())
    assert "/block/" not in page(client, f"vouchers/{voucher.pk}/")


# Lists and the search


def test_the_customers_vouchers(world: World, client: Client) -> None:
    neema = world.customers["neema"]
    one = sold(world)
    two = sold(world, voided_at=clock.now())
    for number in range(55):
        receipts.take(customer=neema, method="cash", amount_minor=5_000, key=f"m{number}", by=None)
        purchases.buy_from_wallet(customer=neema, plan=world.day_pass, key=f"v{number}", by=None)
    text = page(client, f"customers/{neema.pk}/vouchers/?page=2")
    assert one.code in text
    assert two.code in text
    assert "Void" in text
    assert "51 to 57 of 57" in text
    hub = page(client, f"customers/{neema.pk}/")
    assert f'href="{BASE}customers/{neema.pk}/vouchers/"' in hub
    assert one.code not in hub.split('id="vouchers"')[1].split("</section>")[0]
    assert "No vouchers yet." in page(client, f"customers/{world.otieno.pk}/vouchers/")


@pytest.mark.parametrize("spelling", ["{code}", "{plain}", "{lower}", "{spaced}"])
def test_a_code_leads_to_its_voucher(world: World, client: Client, spelling: str) -> None:
    voucher = sold(world)
    code = voucher.code
    typed = spelling.format(code=code, plain=code.replace("-", ""), lower=code.lower(), spaced=code.replace("-", " "))
    response = client.get(f"{BASE}customers/", {"q": typed})
    text = response.content.decode()
    assert f'href="{BASE}vouchers/{voucher.pk}/"' in text
    assert f"Voucher {code}" in text
    assert "Neema Atieno" in text


def test_a_printed_code_is_all_there_is_to_find(world: World, client: Client) -> None:
    (voucher,) = of(printed(world))
    assert client.get(f"{BASE}customers/", {"q": voucher.code})["Location"] == f"{BASE}vouchers/{voucher.pk}/"


def readable(world: World, role: str, codes: set[str]) -> set[str]:
    """Those of `codes` that somebody of this role reads anywhere in the console, wherever ids lead."""
    client = console.client_of(world.staff[role])
    paths = [f"vouchers/{pk}/" for pk in Voucher.objects.values_list("pk", flat=True)]
    paths += [f"vouchers/sheets/{pk}/" for pk in Sheet.objects.values_list("pk", flat=True)]
    paths += [f"vouchers/batches/{pk}/" for pk in Batch.objects.values_list("pk", flat=True)]
    paths += [f"payments/{pk}/" for pk in Payment.objects.values_list("pk", flat=True)]
    neema = f"customers/{world.customers['neema'].pk}/"
    paths += ["", "vouchers/", "sessions/", "payments/", "events/", neema]
    paths += [f"{neema}{part}/" for part in ("vouchers", "ledger", "messages")]
    pages = [client.get(f"{BASE}{path}", follow=True).content.decode() for path in paths]
    # What somebody types is no secret to them, but what it leads to must not repeat it.
    pages += [client.get(f"{BASE}customers/", {"q": code.lower()}, follow=True).content.decode() for code in codes]
    return {code for code in codes if any(code in page or code.replace("-", "") in page for page in pages)}


def test_unused_codes_are_for_those_who_may_issue_them(world: World) -> None:
    bought = bought_of(world, "operator")
    blocks.block(voucher=bought, by=None, reason="Lost")
    printed(world, sheets=2, each=3, note="Market day")
    printed(world, released=False, sheets=1, each=3)
    used = Voucher.objects.filter(sheet__isnull=False).order_by("pk")[0]
    assert vouchers.redeem(voucher_id=used.pk, mac="DC2C6E410001", now=clock.now())
    all_of_them = set(Voucher.objects.values_list("code", flat=True))

    for role in ("cashier", "support"):
        assert readable(world, role, all_of_them) == {used.code}
        page_of_it = page(console.client_of(world.staff[role]), f"vouchers/{bought.pk}/")
        assert f"••••-••{bought.code[-2:]}" in page_of_it
    assert readable(world, "operator", all_of_them) == all_of_them


def test_a_code_that_was_only_tried_stays_hidden(world: World) -> None:
    """Its customer mistyped the password: nobody has used it."""
    bought = bought_of(world, "operator")
    for reason in ("password_wrong", "guessing_slowed"):
        tried = refusals.Refused(reason, "127.0.0.1", world.hilltop.pk, world.organization.pk, bought.code)
        refusals.count([(tried, 3, clock.now())])

    for path in (f"customers/{bought.customer_id}/", f"nas/{world.hilltop.pk}/"):
        for role in ("cashier", "support"):
            shown = page(console.client_of(world.staff[role]), path)
            assert bought.code not in shown
        assert f"••••-••{bought.code[-2:]}" in shown
        assert bought.code in page(console.client_of(world.staff["operator"]), path)


def test_whoever_sold_a_voucher_reads_its_code_again_and_leaves_an_event(world: World) -> None:
    cashier, bought = console.client_of(world.staff["cashier"]), bought_of(world, "cashier")
    asked = page(cashier, f"vouchers/{bought.pk}/")
    assert bought.code not in asked
    assert "<dt>Code and password</dt>" in asked
    for headers in ({}, {"HX-Request": "true"}):
        answer = cashier.post(f"{BASE}vouchers/{bought.pk}/secret/", headers=headers).content.decode()
        assert bought.code in answer
        assert vouchers.open_password(bought) in answer
    assert Event.objects.filter(kind="credential.revealed", staff=world.staff["cashier"].staff).count() == 2


def test_a_code_of_the_neighbour_is_none(world: World) -> None:
    (voucher,) = of(printed(world))
    neighbour = console.client_of(world.neighbour_staff["owner"])
    response = neighbour.get("/acacia/console/customers/", {"q": voucher.code})
    assert response.status_code == 200
    assert "No customer is found by" in response.content.decode()


def test_a_guest_without_a_package_has_the_voucher_that_runs(world: World, client: Client) -> None:
    neema = world.customers["neema"]
    unused, running = sold(world), sold(world)
    text = page(client, f"customers/{neema.pk}/")
    assert "No, but has a voucher" not in text
    subscriptions.end(subscription=world.subscriptions["neema"], by=None)
    vouchers.redeem(voucher_id=running.pk, mac=MAC, now=clock.now())

    text = page(client, f"customers/{neema.pk}/")

    assert "No, but has a voucher" in text
    assert running.code in text.split("<h2>Has</h2>")[1].split("</section>")[0]
    vouchers.void(voucher=running, by=None)
    assert unused.code in page(client, f"customers/{neema.pk}/").split("<h2>Has</h2>")[1].split("</section>")[0]
    vouchers.void(voucher=unused, by=None)
    assert "No: there is no package" in page(client, f"customers/{neema.pk}/")

"""Printed vouchers in the console: a batch issued and made, its sheets, their codes, releasing and voiding."""

import re
from typing import Any

import pytest
from django.test import Client

from headend.access import batches, plans, vouchers
from headend.access.models import Batch, Sheet, Voucher
from headend.lib import clock
from headend.system.models import Event, Job
from tests.kit import console
from tests.kit.vouchers import MAC, of, printed, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/vouchers/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def page(client: Client, path: str = "") -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def order(world: World, **changes: Any) -> dict[str, Any]:
    return {"plan": world.day_pass.pk, "sheets": "3", "vouchers_per_sheet": "4", "note": "Market", **changes}


def issue(client: Client, data: dict[str, Any]) -> Any:
    return client.post(f"{BASE}batches/add/", data)


def states(batch: Batch) -> list[str]:
    return [sheet.state for sheet in batch.sheet_set.order_by("number")]


def test_it_works(world: World, client: Client) -> None:
    form = page(client, "batches/add/")
    assert "Day pass" in form
    # What no voucher is made of is not offered.
    assert "Home 10M" not in form

    response = issue(client, order(world, valid_until="2099-12-31"))

    batch = Batch.objects.get()
    assert response["Location"] == f"{BASE}batches/{batch.pk}/"
    assert (batch.sheets, batch.vouchers_per_sheet, batch.note) == (3, 4, "Market")
    assert batch.created_by == world.staff["operator"].staff
    assert batch.valid_until == clock.day_end(clock.now().date().replace(2099, 12, 31), "Africa/Nairobi")
    # A small one is there at once.
    assert len(of(batch)) == 12
    text = page(client, f"batches/{batch.pk}/")
    assert "Batch 1 is issued. Its sheets are held." in text
    for part in ("Batch 1", "Market", "3 sheets of 4", "Sheet 3", "3 held, 0 void", "by Operator of Baobab Net"):
        assert part in text
    assert "are made" not in text
    assert "Batch 1" in page(client)


def test_a_second_press_makes_nothing(world: World, client: Client) -> None:
    token = re.search(r'name="form_token" value="(\w+)"', page(client, "batches/add/"))
    assert token is not None
    data = order(world, form_token=token[1])

    first, second = issue(client, data), issue(client, data)

    assert Batch.objects.count() == 1
    assert second["Location"] == first["Location"]
    assert Voucher.objects.count() == 12


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"plan": ""}, "plan", "Choose a plan."),
        ({"sheets": "0"}, "sheets", "This is too little: 1 or more."),
        ({"sheets": "1001", "vouchers_per_sheet": "100"}, "sheets", "at most 100000 vouchers"),
        ({"sheets": "10001", "vouchers_per_sheet": "1"}, "sheets", "on at most 10000 sheets"),
        ({"vouchers_per_sheet": "many"}, "vouchers_per_sheet", "Type a whole number."),
        ({"valid_until": "2020-01-01"}, "valid_until", "This day is over."),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_lost(
    world: World, client: Client, changes: dict[str, str], field: str, words: str
) -> None:
    response = issue(client, order(world, note="For Mama Njeri", **changes))

    assert response.status_code == 400
    assert words in str(response.context["form"].errors[field])
    assert "For Mama Njeri" in response.content.decode()
    assert not Batch.objects.exists()


def test_a_plan_that_was_retired_meanwhile_is_refused(world: World, client: Client) -> None:
    plans.retire(plan=world.day_pass, by=None)
    response = issue(client, order(world))
    assert response.status_code == 400
    assert "plan" in response.context["form"].errors
    assert "Vouchers are made of a hotspot plan, and there is none on sale." in page(client, "batches/add/")


def test_a_large_batch_is_made_while_somebody_looks(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MADE_AT_ONCE", 10)
    issue(client, order(world, sheets="3", vouchers_per_sheet="10"))
    batch = Batch.objects.get()
    place = f"{BASE}batches/{batch.pk}/"
    text = page(client, f"batches/{batch.pk}/")
    assert "0 of 30 vouchers are made" in text
    assert "You can leave this page." in text
    assert 'hx-trigger="every 2s"' in text

    first = Sheet.objects.get(batch=batch, number=1)
    vouchers.write(
        organization=world.organization,
        sheet_ids=[first.pk] * 7,
        plan_id=world.day_pass.pk,
        plan_name="Day pass",
        **plans.terms_of(world.day_pass),
    )
    part = client.get(place, headers={"HX-Request": "true"})
    assert "7 of 30 vouchers are made" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part

    batches.fill(batch_id=batch.pk)

    assert client.get(place, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "are made" not in page(client, f"batches/{batch.pk}/")


def test_a_batch_whose_making_was_given_up_says_so(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MADE_AT_ONCE", 1)
    issue(client, order(world))
    batch = Batch.objects.get()
    Job.objects.update(state="failed")
    text = page(client, f"batches/{batch.pk}/")
    assert "Only 0 of 12 vouchers were made." in text
    assert "every 2s" not in text

    client.post(f"{BASE}batches/{batch.pk}/filling/")

    assert Job.objects.filter(kind="fill_batch", state="queued", payload={"batch_id": batch.pk}).count() == 1
    assert "0 of 12 vouchers are made" in page(client, f"batches/{batch.pk}/")


def test_what_became_of_the_vouchers_is_counted(world: World, client: Client) -> None:
    batch = printed(world, sheets=2, each=5)
    now = clock.now()
    running, spent, *_, voided, _last = of(batch)
    vouchers.redeem(voucher_id=running.pk, mac=MAC, now=now)
    vouchers.redeem(voucher_id=spent.pk, mac=MAC, now=now)
    Voucher.objects.filter(pk=spent.pk).update(download_bytes=2_000_000_000)
    vouchers.void(voucher=voided, by=None)

    response = client.get(f"{BASE}batches/{batch.pk}/")

    total = response.context["total"]
    assert (total.unused, total.active, total.ended) == (7, 1, 2)
    counted = [response.context["counted"][sheet.pk] for sheet in batch.sheet_set.order_by("number")]
    assert [(of.unused, of.active, of.ended) for of in counted] == [(3, 1, 1), (4, 0, 1)]


# Sheets


def test_a_sheet_is_released_and_voided(world: World, client: Client) -> None:
    batch = printed(world, released=False, sheets=2, each=3)
    sheet = batch.sheet_set.get(number=1)
    text = page(client, f"sheets/{sheet.pk}/")
    assert all(voucher.code in text for voucher in of(batch)[:3])
    assert not any(voucher.code in text for voucher in of(batch)[3:])
    assert "Release sheet 1 of batch 1?" in page(client, f"sheets/{sheet.pk}/release/")

    answer = client.post(f"{BASE}sheets/{sheet.pk}/release/", follow=True)
    assert "Sheet 1 is released." in answer.content.decode()
    assert states(batch) == ["released", "held"]

    asked = page(client, f"sheets/{sheet.pk}/voiding/")
    assert "Void sheet 1 of batch 1?" in asked
    assert "3 unused vouchers connect nobody any more." in asked
    answer = client.post(f"{BASE}sheets/{sheet.pk}/voiding/", follow=True)
    assert "Sheet 1 is void." in answer.content.decode()
    assert states(batch) == ["void", "held"]
    refused = client.post(f"{BASE}sheets/{sheet.pk}/release/")
    assert refused.status_code == 400
    assert "Sheet 1 is void: print another one." in refused.content.decode()


def test_all_held_sheets_are_released(world: World, client: Client) -> None:
    batch = printed(world, released=False, sheets=3, each=2)
    batches.void(sheet=batch.sheet_set.get(number=2), by=None)
    asked = page(client, f"batches/{batch.pk}/release/")
    assert "Release 2 sheets of batch 1?" in asked
    assert "4 are unused" in asked

    answer = client.post(f"{BASE}batches/{batch.pk}/release/", follow=True)

    assert "2 sheets are released." in answer.content.decode()
    assert states(batch) == ["released", "void", "released"]
    # Nothing is left to offer.
    assert "None of these sheets is held." in page(client, f"batches/{batch.pk}/release/")


def test_a_range_is_voided_in_words(world: World, client: Client) -> None:
    batch = printed(world, sheets=4, each=2)
    vouchers.redeem(voucher_id=of(batch)[2].pk, mac=MAC, now=clock.now())
    place = f"batches/{batch.pk}/voiding/?first=2&last=3"
    asked = page(client, place)
    for part in ("Void 2 sheets of batch 1?", "Sheets 2 to 3.", "3 unused vouchers", "1 active voucher ends at once"):
        assert part in asked

    answer = client.post(f"{BASE}{place}", follow=True)

    assert "2 sheets are void." in answer.content.decode()
    assert states(batch) == ["released", "void", "void", "released"]


def test_all_held_sheets_are_voided_and_no_other(world: World, client: Client) -> None:
    batch = printed(world, released=False, sheets=3)
    batches.release(sheet=batch.sheet_set.get(number=1), by=None)

    client.post(f"{BASE}batches/{batch.pk}/voiding/")

    assert states(batch) == ["released", "void", "void"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("first=3&last=2", "last"), ("first=1&last=9", "last"), ("first=&last=2", "first"), ("first=a&last=", "first")],
)
@pytest.mark.parametrize("act", ["release", "voiding"])
def test_a_range_that_there_is_not_is_asked_again(
    world: World, client: Client, act: str, query: str, field: str
) -> None:
    batch = printed(world, released=False, sheets=3)
    for method in (client.get, client.post):
        response = method(f"{BASE}batches/{batch.pk}/{act}/?{query}")
        assert response.status_code == 400
        assert field in response.context["form"].errors
    assert states(batch) == ["held"] * 3


# Codes and passwords


def test_the_passwords_of_a_sheet_are_shown_and_that_is_written_down(world: World, client: Client) -> None:
    batch = printed(world, each=60)
    sheet = batch.sheet_set.get()
    passwords = [vouchers.open_password(voucher) for voucher in of(batch)]
    assert not any(password in page(client, f"sheets/{sheet.pk}/") for password in passwords)

    response = client.post(f"{BASE}sheets/{sheet.pk}/secrets/?page=2")

    text = response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert [password for password in passwords if password in text] == passwords[50:]
    event = Event.objects.get(kind="sheet.revealed")
    assert (event.staff, event.payload["vouchers"]) == (world.staff["operator"].staff, 10)


@pytest.mark.parametrize("role", ["cashier", "support"])
def test_who_may_not_issue_sees_no_unused_code(world: World, role: str) -> None:
    batch = printed(world, released=False, each=2)
    used, unused = of(batch)
    Voucher.objects.filter(pk=used.pk).update(first_used_at=clock.now(), first_mac=MAC, expires_at=clock.now())
    limited = console.client_of(world.staff[role])

    text = page(limited, f"sheets/{batch.sheet_set.get().pk}/")

    assert used.code in text
    assert unused.code not in text
    assert "as good as money" in text
    for place in (f"sheets/{batch.sheet_set.get().pk}/", f"batches/{batch.pk}/", ""):
        offered = page(limited, place)
        assert not any(act in offered for act in ("/release/", "/voiding/", "/secrets/", "batches/add/"))


# The search


def test_a_code_leads_to_its_voucher(world: World, client: Client) -> None:
    (paper,) = of(printed(world))
    bought = sold(world)
    for voucher in (paper, bought):
        typed = voucher.code.lower().replace("-", " ")
        assert client.get(BASE, {"q": typed})["Location"] == f"{BASE}{voucher.pk}/"


def test_batches_are_found_by_number_plan_and_note(world: World, client: Client) -> None:
    printed(world, note="Mama Njeri")
    printed(world, note="Kiosk Été, Łódź")
    wanted = (("njeri", [1]), ("2", [2]), ("day pass", [2, 1]), ("nothing", []), ("9" * 40, []))
    # In any letters, on both databases.
    for query, found in (*wanted, ("ÉTÉ", [2]), ("ete", [2]), ("lodz", [2]), ("%", []), ("_", [])):
        response = client.get(BASE, {"q": query})
        assert [batch.number for batch in response.context["page"].rows] == found
    assert "Nothing is found by" in page(client, "?q=nothing")


def test_nobody_has_batches_yet(client: Client) -> None:
    text = page(client)
    assert "No batches yet." in text
    assert f'href="{BASE}batches/add/"' in text


def test_neighbours_see_nothing(world: World) -> None:
    batch = printed(world, note="Mama Njeri")
    (voucher,) = of(batch)
    neighbour = console.client_of(world.neighbour_staff["owner"])
    for query in (voucher.code, "njeri", ""):
        response = neighbour.get("/acacia/console/vouchers/", {"q": query})
        assert response.status_code == 200
        assert response.context["page"].rows == []

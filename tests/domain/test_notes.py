"""Notes on a customer: written, changed, pinned, deleted, found, and gone with whoever is deleted permanently."""

import pytest

from headend.customers import notes
from headend.customers.models import Customer, Note
from headend.desk import erasures, removals
from headend.system import search
from headend.system.models import Event
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def texts(customer: Customer) -> list[str]:
    return [note.text for note in notes.of(customer=customer)]


def finds(world: World, query: str) -> list[int]:
    return search.find(organization=world.organization, query=query)


def test_note_1_it_is_kept_with_its_author_and_its_time(world: World) -> None:
    asha = world.staff["support"].staff
    forget()

    note = notes.add(customer=world.otieno, text="  Has a dog.\nRing first. ", by=asha)

    assert (note.text, note.created_by, note.edited_at, note.is_pinned) == (
        "Has a dog.\nRing first.",
        asha,
        None,
        False,
    )
    said = event("note.added")
    assert (said.customer_id, said.staff, said.payload, said.personal) == (world.otieno.pk, asha, {}, {})
    assert "dog" not in written()


def test_note_1_pinned_ones_come_first_then_the_newest(world: World) -> None:
    first = notes.add(customer=world.otieno, text="first", pinned=True, by=None)
    notes.add(customer=world.otieno, text="second", by=None)
    notes.add(customer=world.otieno, text="third", by=None)
    assert texts(world.otieno) == ["first", "third", "second"]

    notes.pin(note=first, pinned=False)

    assert texts(world.otieno) == ["third", "second", "first"]


def test_note_1_another_text_replaces_it_and_says_by_whom(world: World) -> None:
    owner = world.staff["owner"].staff
    note = notes.add(customer=world.otieno, text="Has a dog", by=None)
    forget()

    changed = notes.edit(note=note, text="Has two dogs", by=owner)

    assert (changed.text, changed.edited_by) == ("Has two dogs", owner)
    assert changed.edited_at is not None
    assert happened() == ["note.edited"]
    notes.edit(note=note, text=" Has two dogs ", by=None)
    assert happened() == ["note.edited"]


def test_note_1_deleted_twice_is_deleted_once(world: World) -> None:
    note = notes.add(customer=world.otieno, text="Has a dog", by=None)
    again = Note.objects.select_related("customer__organization").get(pk=note.pk)
    forget()

    notes.delete(note=note, by=None)
    notes.delete(note=again, by=None)
    notes.edit(note=again, text="Comes back", by=None)

    assert texts(world.otieno) == []
    assert happened() == ["note.deleted"]


@pytest.mark.parametrize(("text", "code"), [("", "text_missing"), (" \n", "text_missing"), ("x" * 2_001, "text_long")])
def test_note_1_nothing_and_too_much_is_refused(world: World, text: str, code: str) -> None:
    note = notes.add(customer=world.otieno, text="x" * 2_000, by=None)
    with refused(code, "text"):
        notes.add(customer=world.otieno, text=text, by=None)
    with refused(code, "text"):
        notes.edit(note=note, text=text, by=None)
    assert Note.objects.get().text == "x" * 2_000


def test_note_1_the_search_finds_the_customer_by_what_it_says_now(world: World) -> None:
    note = notes.add(customer=world.otieno, text="Mast on the neighbour's roof", by=None)
    other = notes.add(customer=world.otieno, text="Pays on Fridays", by=None)
    assert finds(world, "mast neighbour") == finds(world, "fridays") == [world.otieno.pk]

    notes.edit(note=note, text="Pole in the yard", by=None)
    notes.delete(note=other, by=None)

    assert finds(world, "mast") == finds(world, "fridays") == []
    assert finds(world, "pole") == [world.otieno.pk]
    assert search.find(organization=world.neighbour, query="pole") == []


def test_note_1_the_search_knows_the_newest_alone(world: World) -> None:
    for number in range(notes.FOUND_BY + 1):
        notes.add(customer=world.otieno, text=f"word{number:03}", by=None)

    assert finds(world, "word000") == []
    assert finds(world, f"word{notes.FOUND_BY:03}") == [world.otieno.pk]


def test_note_1_it_survives_deleting_and_goes_with_deleting_permanently(world: World) -> None:
    zuri = world.customers["grace"]
    note = notes.add(customer=zuri, text="Has a dog", by=None)
    removals.delete(customer=zuri, by=None)
    assert texts(zuri) == ["Has a dog"]

    erasures.erase(customer=zuri, account_number=zuri.account_number, by=None)

    assert not Note.objects.exists()
    assert Event.objects.filter(kind="note.added", customer_id=zuri.pk).exists()
    assert finds(world, "dog") == []
    with refused("customer_is_erased"):
        notes.add(customer=zuri, text="Had a dog", by=None)
    with refused("customer_is_erased"):
        notes.delete(note=note, by=None)

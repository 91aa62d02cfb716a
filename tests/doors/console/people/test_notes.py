"""Notes in the console: the panel of a customer's page, the list of all, and who may change which."""

import pytest
from django.test import Client

from headend.customers import notes
from headend.customers.models import Note
from headend.doors.console import panels
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def place(world: World) -> str:
    return f"/baobab/console/customers/{world.otieno.pk}/"


@pytest.fixture
def owner(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def test_note_1_is_written_read_changed_and_deleted(world: World, owner: Client, place: str) -> None:
    told = owner.post(f"{place}notes/add/", {"text": "Has a dog.\nRing first.", "pinned": "on"}, follow=True)
    assert "The note is kept." in console.words(told)
    note = Note.objects.get()
    assert (note.is_pinned, note.created_by) == (True, world.staff["owner"].staff)

    panel = console.words(owner.get(f"{place}panels/notes/"))
    assert "Has a dog.<br>Ring first." in panel
    assert "Kept at the top" in panel

    asked = owner.get(f"/baobab/console/notes/{note.pk}/edit/")
    assert asked.context["form"].initial["text"] == note.text
    owner.post(f"/baobab/console/notes/{note.pk}/edit/", {"text": "Has two dogs"})
    note.refresh_from_db()
    assert (note.text, note.is_pinned) == ("Has two dogs", False)
    assert "changed by" in console.words(owner.get(f"{place}panels/notes/"))
    assert "Note changed" in console.words(owner.get(place))

    assert "Has two dogs" in console.words(owner.get(f"/baobab/console/notes/{note.pk}/deletion/"))
    owner.post(f"/baobab/console/notes/{note.pk}/deletion/")
    assert not Note.objects.exists()
    assert "No notes yet" in console.words(owner.get(f"{place}panels/notes/"))


def test_note_1_nothing_typed_is_told_beside_the_field(owner: Client, place: str) -> None:
    told = owner.post(f"{place}notes/add/", {"text": " "})
    assert told.status_code == 400
    assert "text" in told.context["form"].errors


def test_note_1_what_it_says_is_text_and_no_page(world: World, owner: Client, place: str) -> None:
    notes.add(customer=world.otieno, text="<script>alert(1)</script>", by=None)
    assert "<script>alert" not in console.words(owner.get(f"{place}panels/notes/"))


def test_note_1_support_changes_its_own_alone(world: World, place: str) -> None:
    support = console.client_of(world.staff["support"])
    support.post(f"{place}notes/add/", {"text": "mine"})
    mine = Note.objects.get()
    theirs = notes.add(customer=world.otieno, text="theirs", by=world.staff["owner"].staff)

    assert support.post(f"/baobab/console/notes/{mine.pk}/edit/", {"text": "still mine"}).status_code == 302
    for what in ("edit", "deletion"):
        assert support.get(f"/baobab/console/notes/{theirs.pk}/{what}/").status_code == 403
        assert support.post(f"/baobab/console/notes/{theirs.pk}/{what}/", {"text": "x"}).status_code == 403
    panel = console.words(support.get(f"{place}panels/notes/"))
    assert f"notes/{mine.pk}/edit/" in panel
    assert f"notes/{theirs.pk}/edit/" not in panel
    assert Note.objects.get(pk=theirs.pk).text == "theirs"


def test_note_1_more_than_the_panel_shows_stand_on_a_list(world: World, owner: Client, place: str) -> None:
    for number in range(panels.SHOWN + 1):
        notes.add(customer=world.otieno, text=f"note {number:02}", by=None)

    panel, all_of_them = owner.get(f"{place}panels/notes/"), owner.get(f"{place}notes/")

    assert "All notes" in console.words(panel)
    assert "note 00" not in console.words(panel)
    assert [row.text for row in all_of_them.context["page"].rows][-1] == "note 00"

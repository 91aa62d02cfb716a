"""Where a form says what a verb refused, and how it sums up what is to be mended."""

from typing import ClassVar

import pytest
from django import forms
from django.utils.html import format_html

from headend.lib.refused import Refused
from headend.system.models import Organization
from headend.ui.mistakes import OrganizationForm


class PhoneForm(OrganizationForm):
    beside: ClassVar[dict[str, str]] = {"costs_more": "paid", "first_name": "name"}
    otherwise: ClassVar[str] = "phone"

    name = forms.CharField(label="Name")
    phone = forms.CharField(label="Phone", required=False, min_length=3)
    paid = forms.ChoiceField(label="Paid", choices=[("cash", "Cash")], widget=forms.RadioSelect)

    def words(self, refused: Refused) -> str:
        return str(refused.detail.get("text", "It is refused."))


class BareForm(PhoneForm):
    otherwise: ClassVar[str] = ""


def sent(kind: type[PhoneForm] = PhoneForm, **typed: str) -> PhoneForm:
    return kind({"name": "Otieno", "paid": "cash", **typed}, organization=Organization())


@pytest.mark.parametrize(
    ("code", "field", "place"),
    [
        ("taken", "name", "name"),
        ("costs_more", "", "paid"),
        ("taken", "first_name", "name"),
        ("taken", "", "phone"),
        ("taken", "elsewhere", "phone"),
    ],
)
def test_a_refusal_stands_beside_its_field(code: str, field: str, place: str) -> None:
    form = sent()
    form.refuse(Refused(code, field=field))
    assert form.errors == {place: ["It is refused."]}


def test_what_belongs_to_no_field_stands_above() -> None:
    form = sent(BareForm)
    form.refuse(Refused("taken", field="elsewhere"))
    assert form.mistakes == [{"text": "It is refused.", "anchor": ""}]


def test_the_summary_has_each_field_once_in_the_order_of_the_page() -> None:
    form = sent(name="", paid="coins")
    form.add_error("phone", "It is too short.")
    form.add_error("phone", "It is somebody else's.")
    assert form.mistakes == [
        {"text": "Name: Please fill this in.", "anchor": "id_name"},
        {"text": "Phone: It is too short. It is somebody else's.", "anchor": "id_phone"},
        {"text": "Paid: Choose one of these.", "anchor": "id_paid_0"},
    ]


def test_the_summary_keeps_the_words_of_a_link_and_drops_one_that_stands_behind() -> None:
    form = sent()
    form.refuse(Refused("taken", field="name", text="O'Neil has it."), '<a href="/1/">Open</a>')
    within = format_html('{} <a href="/2/">{}</a>, or have a code sent.', "Who is this?", "Sign in")
    form.refuse(Refused("taken", field="phone", text=within))
    assert [mistake["text"] for mistake in form.mistakes] == [
        'Name: O\'Neil has it. <a href="/1/">Open</a>',
        "Phone: Who is this? Sign in, or have a code sent.",
    ]
    form = sent()
    form.refuse(Refused("taken", field="name", text="O'Neil has it."), format_html('<a href="/1/">{}</a>', "Open"))
    assert [mistake["text"] for mistake in form.mistakes] == ["Name: O'Neil has it."]

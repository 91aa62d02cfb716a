"""No form of any door says what Django says by itself: a mistake reads as the rest of the page does."""

import copy
import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.core import validators
from django.db import transaction
from django.urls import get_resolver
from django.utils import translation

from headend.ui.forms import PlainForm, _speak_plainly
from tests.kit import console, sample
from tests.kit.world import World

KINDS = [kind for _, kind in inspect.getmembers(forms, inspect.isclass) if issubclass(kind, forms.Field)]
CHECKS = [kind for _, kind in inspect.getmembers(validators, inspect.isclass) if hasattr(kind, "message")]
# The beginnings of Django's sentences, as far as nothing is put into them: `Ensure this value has at most`.
DJANGOS = {
    str(text).partition("%")[0].partition("{")[0].strip()
    for kind in KINDS
    for text in kind.default_error_messages.values()
    if not hasattr(text, "_kwargs")
} | {"Ensure this", "Ensure that", "This field is required.", "Enter a valid", "Select a valid choice."}


def all_forms() -> Iterator[type[forms.Form]]:
    """Every form of the product."""
    assert get_resolver().url_patterns, "every door is loaded"
    waiting = [forms.Form]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.__module__.startswith("headend."):
            yield kind


def said_by_django(text: str) -> list[str]:
    return sorted(sentence for sentence in DJANGOS if len(sentence) > 5 and sentence in text)


def test_every_form_has_the_one_base() -> None:
    found = list(all_forms())
    assert len(found) > 30
    assert [kind.__name__ for kind in found if not issubclass(kind, PlainForm)] == []


def test_no_field_keeps_a_sentence_of_django() -> None:
    kept = []
    for kind in all_forms():
        for name, declared in kind.base_fields.items():
            field = copy.deepcopy(declared)
            _speak_plainly(field)
            kept += [
                (kind.__name__, name, code)
                for code, text in field.error_messages.items()
                if said_by_django(str(text) if not hasattr(text, "_kwargs") else "Ensure this")
            ]
            kept += [
                (kind.__name__, name, check.code)
                for check in field.validators
                if isinstance(check, tuple(CHECKS)) and check.code not in field.error_messages
            ]
    assert kept == []


def test_words_of_its_own_are_kept() -> None:
    field = forms.CharField(error_messages={"required": "Give a name."})
    _speak_plainly(field)
    assert field.error_messages["required"] == "Give a name."


def test_it_holds_in_every_language() -> None:
    with translation.override("fr"):
        field = forms.IntegerField()
        _speak_plainly(field)
        assert str(field.error_messages["required"]) == "Please fill this in."


@pytest.mark.django_db
@pytest.mark.once
@pytest.mark.parametrize("sent", [None, "\0", "9" * 400, "-1"], ids=["nothing", "null", "long", "negative"])
def test_no_page_says_it(world: World, sent: str | None) -> None:
    client, objects = console.client_of(world.staff["owner"]), sample.Objects.of(world)
    said, looked_at = {}, 0
    for name in console.names():
        place = sample.address(name, "baobab", objects)
        with transaction.atomic():
            page = client.get(place)
            shown: Any = page.context or {}
            given = [shown[key] for key in ("form", "person", "package") if key in shown and page.status_code == 200]
            fields = {field for form in given if isinstance(form, PlainForm) for field in form.fields}
            if fields:
                answer = client.post(place, {} if sent is None else dict.fromkeys(fields, sent))
                looked_at += answer.status_code == 400
                said[place] = said_by_django(answer.content.decode())
            transaction.set_rollback(True)
    assert {place: sentences for place, sentences in said.items() if sentences} == {}
    assert looked_at > 15

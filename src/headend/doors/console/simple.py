"""Nouns that have only a name: their form, and the pages that add and rename one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.doors.console import saving
from headend.doors.console.pages import Opened, Request, Text, url
from headend.doors.console.saving import Fill, Form, fills
from headend.system.models import Organization, Staff


class NameForm(Form):
    """A name, for what has nothing else."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",),)

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"})
    )


@dataclass(frozen=True, slots=True)
class Noun:
    """What has only a name. `address` begins its pages, `name` their names, `listing` is the name of its list; `do` is the right to change
    it. `add` and `rename` are its verbs, `of` finds one. Of the texts `added` and `renamed` tell its `name`.
    """

    address: str
    name: str
    listing: str
    do: str
    of: Callable[[Request, int], Any]
    add: Callable[[Organization, str, Staff], Any]
    rename: Callable[[Any, str, Staff], Any]
    title: Text
    add_title: Text
    added: Text
    renamed: Text


def adding(noun: Noun) -> Opened:
    """The page that adds one."""

    def add(request: Request) -> Fill:
        def save(form: NameForm) -> str:
            row = noun.add(request.organization, form.cleaned_data["name"], request.staff)
            saving.toast(request, str(noun.added) % {"name": row.name})
            return url(request, noun.listing)

        return _fill(request, noun, save, title=noun.add_title, button=noun.add_title)

    return fills(f"{noun.address}/add/", f"{noun.name}_add", do=noun.do)(add)


def renaming(noun: Noun) -> Opened:
    """The page that gives one another name."""

    def edit(request: Request, row: Any) -> Fill:
        def save(form: NameForm) -> str:
            noun.rename(row, form.cleaned_data["name"], request.staff)
            saving.toast(request, str(noun.renamed) % {"name": row.name})
            return url(request, noun.listing)

        title = str(_("Rename %(name)s")) % {"name": row.name}
        return _fill(request, noun, save, title=title, button=_("Save"), initial={"name": row.name})

    return fills(f"{noun.address}/<int:pk>/edit/", f"{noun.name}_edit", do=noun.do, of=noun.of)(edit)


def _fill(request: Request, noun: Noun, save: Callable[[Any], str], **texts: Any) -> Fill:
    back = url(request, noun.listing)
    return Fill(NameForm, back=back, crumbs=[(noun.title, back)], save=save, once=True, **texts)

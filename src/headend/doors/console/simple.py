"""Nouns that have only a name."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.doors.console.saving import Form


class NameForm(Form):
    """A name, for what has nothing else."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("name",),)

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"class": "w-m", "autocomplete": "off"})
    )

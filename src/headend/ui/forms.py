"""How forms are drawn: our field and form templates around Django's widgets, and the widgets of our own."""

from collections.abc import Callable, Iterable, Sized
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.core.validators import MaxLengthValidator
from django.forms.renderers import BaseRenderer, DjangoTemplates
from django.template import loader
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy

from headend.lib import ids, money, picture, units
from headend.system import logos
from headend.system.models import Organization

_WIDGETS = DjangoTemplates()
_AMOUNT_LONGEST: Final = 20


class PlainForm(forms.Form):
    """The base of every form: where Django's own sentences would stand, a mistake reads as the rest of the page does."""

    def full_clean(self) -> None:
        for field in self.fields.values():
            _speak_plainly(field)
            _count_what_is_kept(field)
        super().full_clean()


class MostKept(MaxLengthValidator):
    """No more signs than a column holds, neither as they are typed nor as names are compared: one ligature may be eighteen letters."""

    def clean(self, x: Sized) -> int:
        text = str(x)
        return len(text) if text.isascii() else max(len(text), len(ids.name_key(text)))


class Renderer(BaseRenderer):
    """Django's own widgets, in our fields and forms."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"

    def get_template(self, template_name: str) -> Any:
        if template_name.startswith("django/"):
            return _WIDGETS.get_template(template_name)
        return loader.get_template(template_name)


class PlainRenderer(Renderer):
    """The same for captive pages: fields without the icons, which would be one more file for a phone to load."""

    field_template_name = "forms/plain.html"


class Choices(forms.RadioSelect):
    """Radio buttons as a grid of boxes. `notes` gives the small line under some choices, by their value.

    Those of `shut` are shown and cannot be chosen: their note says why.
    """

    template_name = "forms/choices.html"

    def __init__(
        self, *, notes: dict[str, Any] | None = None, css: str = "", shut: frozenset[str] = frozenset()
    ) -> None:
        super().__init__()
        self.notes = notes or {}
        self.css = css
        self.shut = shut

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"] |= {"css": self.css, "role": "radiogroup"}
        return context

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["note"] = self.notes.get(str(value), "")
        option["shut"] = str(value) in self.shut
        if option["shut"]:
            option["attrs"]["disabled"] = True
        return option


class Ticks(forms.CheckboxSelectMultiple):
    """Any number of choices, in the same boxes."""

    template_name = "forms/choices.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["role"] = "group"
        return context


class Secret(forms.TextInput):
    """A password that staff type for somebody else: hidden until they tick Reveal, never offered to a browser's keeper."""

    template_name = "forms/secret.html"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "mono secret", "autocomplete": "off", "spellcheck": "false"})


class Joined(forms.TextInput):
    """An input with a button at its side that submits the form under another name, for example *Generate Username*."""

    template_name = "forms/joined.html"

    def __init__(self, *, button: Any, value: str, icon: str = "refresh-cw", css: str = "mono") -> None:
        super().__init__(attrs={"class": css, "autocomplete": "off", "spellcheck": "false"})
        self.button, self.value, self.icon = button, value, icon

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"button": self.button, "button_value": self.value, "button_icon": self.icon}
        return context


class Suggested(forms.TextInput):
    """An input with a list that opens under it, searched by what is typed, without script: (value, what it is)."""

    template_name = "forms/suggested.html"

    def __init__(self, *, values: Callable[[], Iterable[tuple[str, str]]]) -> None:
        super().__init__(attrs={"class": "w-l", "autocomplete": "off", "spellcheck": "false"})
        self.values = values

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        place = f"{context['widget']['attrs'].get('id', name)}_list"
        context["widget"]["attrs"]["list"] = place
        context["widget"] |= {"list": place, "values": self.values()}
        return context


class Amount(forms.TextInput):
    """A figure with its unit in front or behind."""

    template_name = "forms/amount.html"

    def __init__(self, *, before: Any = "", after: Any = "") -> None:
        super().__init__(attrs={"class": "num", "inputmode": "decimal", "autocomplete": "off"})
        self.before, self.after = before, after

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"before": self.before, "after": self.after}
        return context


class LogoFile(forms.ClearableFileInput):
    """A logo to send, with the present one of `organization` beside it and a tick that removes it."""

    template_name = "forms/logo.html"
    organization: Organization | None = None

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ",".join(picture.EXTENSIONS)})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        # Asked anew: a picture that was just refused is not the one that the pages show.
        has_logo = self.organization is not None and logos.of(self.organization) is not None
        context["widget"] |= {"organization": self.organization, "has_logo": has_logo}
        return context


class Money(forms.CharField):
    """A sum of money: typed as people write it, kept in minor units; None where nothing need be typed, and is not.

    It has to be below `below_minor`. With `or_free` who typed nothing is told of 0. The form says in which currency: `use`.
    """

    currency: str = ""

    def __init__(self, *, below_minor: int = money.MOST_MINOR, or_free: bool = True, **options: Any) -> None:
        super().__init__(max_length=_AMOUNT_LONGEST, widget=Amount(), **options)
        self.below_minor, self.or_free = below_minor, or_free

    def use(self, currency: str) -> None:
        """The currency of the organization that the form is of."""
        self.currency = currency
        assert isinstance(self.widget, Amount), "set above"
        self.widget.before = currency

    def clean(self, value: Any) -> int | None:
        return self.take(super().clean(value))

    def take(self, typed: str) -> int | None:
        """What a text that is sent comes to."""
        return self.read(typed) if typed else None

    def read(self, typed: str) -> int:
        """A text as minor units, also before the form is sent. Raises ValidationError with what is to be mended."""
        try:
            amount_minor = money.parse(typed, self.currency)
            if amount_minor >= self.below_minor:
                raise money.AmountError
            return amount_minor
        except money.AmountError as error:
            what = {"currency": self.currency, "typed": typed.strip()}
            if error.meanings:
                what["one"], what["other"] = error.meanings
                text = gettext("%(typed)s can be read in two ways. Type %(one)s or %(other)s.")
            elif what["typed"]:
                text = gettext("This is not an amount of %(currency)s.")
            else:
                text = gettext("Give an amount; 0 is free.") if self.or_free else gettext("Give an amount.")
            raise forms.ValidationError(text, params=what) from None

    def prepare_value(self, value: Any) -> Any:
        return money.plain(value, self.currency) if isinstance(value, int) else value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # A browser is not told how long it may be: it would cut off what somebody pastes, and say nothing.
        return {}


class _Measured(forms.Field):
    """A number that people type in a larger unit than it is kept in; `unit` is how many of the one are one of the other."""

    unit: ClassVar[int]

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        return None if typed is None else int(typed * self.unit)

    def prepare_value(self, value: Any) -> Any:
        # As somebody would type it: 10000 kbit/s are `10`, 512 are `0.512`.
        return f"{(Decimal(value) / self.unit).normalize():f}" if isinstance(value, int) else value


class Speed(_Measured, forms.DecimalField):
    """A speed: typed in Mbit/s, kept in kbit/s."""

    unit = units.KILO

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, max_digits=9, decimal_places=3, widget=Amount(after="Mbit/s"), **options)


class Bytes(_Measured, forms.DecimalField):
    """An amount of data above nothing: typed in GB, kept in bytes."""

    unit = units.GIGABYTE

    def __init__(self, **options: Any) -> None:
        least = Decimal("0.001")
        super().__init__(min_value=least, max_digits=12, decimal_places=3, widget=Amount(after="GB"), **options)


class Duration(_Measured, forms.DecimalField):
    """A time above nothing: typed in hours, of which `after` says what for; kept in seconds."""

    unit = 3600

    def __init__(self, *, after: Any, **options: Any) -> None:
        least = Decimal("0.01")
        super().__init__(min_value=least, max_digits=8, decimal_places=2, widget=Amount(after=after), **options)


class ShortDuration(_Measured, forms.IntegerField):
    """A time: typed in whole minutes, kept in seconds."""

    unit = 60

    def __init__(self, **options: Any) -> None:
        widget = Amount(after=gettext_lazy("minutes"))
        super().__init__(min_value=0, max_value=1_000_000, widget=widget, **options)


# What each kind of field says, by the code of Django's message; the first kind that fits and has the code is taken.
_PLAIN: Final[tuple[tuple[tuple[type[forms.Field], ...], dict[str, Any]], ...]] = (
    ((forms.EmailField,), {"invalid": gettext_lazy("This is no e-mail address. One looks like name@example.com.")}),
    (
        (forms.FileField,),
        {
            "invalid": gettext_lazy("No file came with the form. Choose it anew."),
            "missing": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty."),
            "max_length": gettext_lazy("The name of this file is too long."),
            "contradiction": gettext_lazy("Choose a file or tick the box that removes it, not both."),
        },
    ),
    (
        (forms.DecimalField,),
        {
            "invalid": gettext_lazy("Type a number."),
            "max_digits": gettext_lazy("These are too many digits."),
            "max_whole_digits": gettext_lazy("These are too many digits."),
            "max_decimal_places": gettext_lazy("These are too many digits after the point: %(max)s at most."),
        },
    ),
    ((forms.IntegerField,), {"invalid": gettext_lazy("Type a whole number.")}),
    ((forms.DateField,), {"invalid": gettext_lazy("This is no date. One looks like 2026-12-31.")}),
    (
        (forms.ChoiceField, forms.ModelChoiceField),
        {
            "required": gettext_lazy("Choose one of these."),
            "invalid_choice": gettext_lazy("Choose one of these."),
            "invalid_list": gettext_lazy("Choose among these."),
        },
    ),
    ((forms.BooleanField,), {"required": gettext_lazy("Please tick this.")}),
    (
        (forms.Field,),
        {
            "required": gettext_lazy("Please fill this in."),
            "invalid": gettext_lazy("This is not written as it should be."),
            "max_length": ngettext_lazy(
                "This is too long: %(limit_value)d character at most.",
                "This is too long: %(limit_value)d characters at most.",
                "limit_value",
            ),
            "min_length": ngettext_lazy(
                "This is too short: %(limit_value)d character or more.",
                "This is too short: %(limit_value)d characters or more.",
                "limit_value",
            ),
            "max_value": gettext_lazy("This is too much: %(limit_value)s at most."),
            "min_value": gettext_lazy("This is too little: %(limit_value)s or more."),
            "null_characters_not_allowed": gettext_lazy(
                "There is a character in it that cannot be kept. Type it anew."
            ),
        },
    ),
)


def _count_what_is_kept(field: forms.Field) -> None:
    if isinstance(field, forms.CharField) and field.strip:
        field.validators = [
            MostKept(check.limit_value) if type(check) is MaxLengthValidator else check for check in field.validators
        ]


def _speak_plainly(field: forms.Field) -> None:
    for kinds, texts in _PLAIN:
        if isinstance(field, kinds):
            for code, text in texts.items():
                if _is_djangos(field, code):
                    field.error_messages[code] = text


def _is_djangos(field: forms.Field, code: str) -> bool:
    """Whether nobody gave the field words of its own: none at all, or those of Django's class."""
    words = field.error_messages.get(code)
    return words is None or any(
        vars(kind).get("default_error_messages", {}).get(code) is words
        for kind in type(field).__mro__
        if kind.__module__.startswith("django.")
    )

"""Forms that save, and questions before something is done: once, with a refusal beside its field.

Forms never write: a page saves by calling the noun's verb, and a verb's refusal becomes an error beside its field.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.billing.rules import Code as BillingCode
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Opened, Request, Text, page, render
from headend.lib import ids
from headend.lib.refused import Refused
from headend.system import throttles
from headend.system.models import Organization
from headend.ui import refusals
from headend.ui.mistakes import OrganizationForm

# A form may be sent so long after it was shown and still be known for the same one.
TOKEN_SECONDS: Final = 24 * 60 * 60
TOKENS_KEPT: Final = 10
FormT = TypeVar("FormT", bound="Form")
Fetch = Callable[[Request, int], Any]


if TYPE_CHECKING:
    _ModelChoice = forms.ModelChoiceField[Any]
else:
    # Django's class takes no parameters when it runs.
    _ModelChoice = forms.ModelChoiceField


class Owned(_ModelChoice):
    """A choice among rows of the organization: `of` names them, and nothing else is accepted."""

    def __init__(self, *, of: Callable[[Organization], QuerySet[Any]], **options: Any) -> None:
        super().__init__(queryset=None, **options)
        self.of = of


class Form(OrganizationForm):
    """The base of the console's forms.

    `layout` names the fields, row by row; two in a row stand side by side where there is room. `css` gives some of them
    a class. `demanded` are those that the form as a whole asks for, though each by itself may be empty.
    """

    layout: ClassVar[tuple[tuple[str, ...], ...]] = ()
    css: ClassVar[dict[str, str]] = {}
    demanded: ClassVar[tuple[str, ...]] = ()

    form_token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self.initial.setdefault("form_token", ids.token())
        for choice in self.fields.values():
            if isinstance(choice, Owned):
                choice.queryset = choice.of(organization)
            assert not isinstance(choice, forms.ModelChoiceField) or isinstance(choice, Owned), "a choice is Owned"
        for name in self.demanded:
            setattr(self.fields[name], "demanded", True)  # noqa: B010 - as below
        for name, css in self.css.items():
            setattr(self.fields[name], "css", css)  # noqa: B010 - the field's template reads it, Django's class lacks it

    def words(self, refused: Refused) -> str:
        return refusal_text(self.organization, refused)


class ReasonForm(Form):
    """Why something is done."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("reason",),)

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("Colleagues read it later.")
    )


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is asked about before it is done. `title` asks, `says` names what will happen, `run` does it and
    gives back what the toast says; `undo` is where a POST takes it back. `ways` are other things to do instead; without a
    `button` only those are offered. `form` is what has to be filled in, with its `initial` values. With `once` the same page
    sent a second time does nothing more: for a verb that would.
    """

    title: Text
    button: Text
    back: str
    run: Callable[[Any], Text]
    says: Sequence[Text] = ()
    icon: str = "check"
    harm: bool = True
    undo: str = ""
    ways: Sequence[tuple[Text, str]] = ()
    form: type[Form] | None = None
    initial: dict[str, Any] = field(default_factory=dict)
    once: bool = False


@dataclass(frozen=True, slots=True)
class Fill:
    """A form that saves by a verb. `save` does it and returns where to go, else to `back`. `about` and `crumbs` stand above it, `more` is
    what a `template` of its own needs.

    With `once` the same form sent a second time changes nothing and leads to where the first one led. `generate` makes values
    for a form that was sent by one of its side buttons.
    """

    form: type[Form]
    title: Text
    button: Text
    back: str
    save: Callable[[Any], str]
    initial: dict[str, Any] = field(default_factory=dict)
    about: Text = ""
    crumbs: Sequence[tuple[Text, str]] = ()
    template: str = "console/form.html"
    once: bool = False
    generate: Callable[[Any], dict[str, Any]] | None = None
    more: dict[str, Any] = field(default_factory=dict)


def asks(address: str, name: str, *, do: str, of: Fetch) -> Callable[[Callable[..., Act | HttpResponse]], Opened]:
    """A page that asks before it does something to the row that `of` finds by the address. A script shows its dialog in place.

    The page gives the question, or an answer of its own where there is nothing to ask.
    """

    def decorate(ask: Callable[..., Act | HttpResponse]) -> Opened:
        def asked(request: Request, /, *, pk: int, **parts: str) -> HttpResponse:
            answer = ask(request, of(request, pk), **parts)
            return _act_page(request, answer) if isinstance(answer, Act) else answer

        update_wrapper(asked, ask)
        return page(address, name, see=do, do=do)(asked)

    return decorate


def fills(
    address: str, name: str, *, do: str, of: Fetch | None = None, rail: Entry | None = None
) -> Callable[[Callable[..., Fill | HttpResponse]], Opened]:
    """A page with a form: of the row that `of` finds by the address, or of none yet."""

    def decorate(fill: Callable[..., Fill | HttpResponse]) -> Opened:
        def filled(request: Request, /, *, pk: int = 0) -> HttpResponse:
            answer = fill(request, of(request, pk)) if of else fill(request)
            return form_page(request, answer) if isinstance(answer, Fill) else answer

        update_wrapper(filled, fill)
        return page(address, name, see=do, do=do, rail=rail)(filled)

    return decorate


def form_page(request: Request, fill: Fill) -> HttpResponse:
    """The page of a form: for pages that do something besides; others are declared by `fills`."""
    files = request.FILES if request.method == "POST" else None
    form = fill.form(_sent(request), files, organization=request.organization, initial=dict(fill.initial))
    if request.method == "POST" and "generate" in request.POST and fill.generate is not None:
        form = refilled(request, fill.form, fill.generate(form))
    elif request.method == "POST":
        place = saved(request, form, fill.save, once=fill.once)
        if place is not None:
            return HttpResponseRedirect(place or fill.back)
    shown = {
        "form": form,
        "title": fill.title,
        "button": fill.button,
        "back": fill.back,
        "about": fill.about,
        "crumbs": fill.crumbs,
        "generates": fill.generate is not None,
    }
    return render(request, fill.template, {**shown, **fill.more}, status=400 if form.errors else 200)


def saved(
    request: Request, form: FormT, save: Callable[[FormT], str], *, once: bool = False, others: Sequence[Form] = ()
) -> str | None:
    """Where to go after saving a form that was sent; None where something is to be mended first. `others` stand on the
    same page: a refusal goes to the form that has its field.
    """
    if not form.is_valid():
        return None
    try:
        place = _save_once(request, form.cleaned_data["form_token"], lambda: save(form)) if once else save(form)
        return None if form.errors else place
    except Refused as refused:
        candidates: list[Form] = [form, *others]
        next((each for each in candidates if refused.field in each.fields), form).refuse(refused)
        return None


def refilled(request: Request, form_class: type[FormT], values: dict[str, Any]) -> FormT:
    """A form as it was sent, with some values put in, not yet looked at."""
    typed = {**request.POST.dict(), **values}
    return form_class(organization=request.organization, initial=typed)


def toast(request: Request, text: Text, *, undo: str = "") -> None:
    """Says on the next page what happened; `undo` is where a POST takes it back."""
    messages.success(request, str(text), extra_tags=undo)


def tell(request: Request, text: str) -> None:
    """Says above the next page what has to be read in peace, or copied: it stays for as long as the page does."""
    messages.info(request, text)


def refusal_text(organization: Organization, refused: Refused) -> str:
    """The words of a refusal. Where a customer stands in the way, they lead to it."""
    text = str(_TEXTS[refused.code] % refused.detail)
    customer_id = refused.detail.get("customer_id")
    if customer_id is None:
        return text
    request_url = f"/{organization.slug}/console/customers/{customer_id}/"
    return format_html('{} <a href="{}">{}</a>', text, request_url, _("Open"))


def refusal_of(organization: Organization, ask: Callable[[], None]) -> str:
    """The words of what `ask` refuses; empty where it refuses nothing."""
    try:
        ask()
    except Refused as refused:
        return refusal_text(organization, refused)
    return ""


def reason_text(code: str, detail: dict[str, Any]) -> str:
    """The words of a refusal that was written down by its code alone; `detail` is what is known of it still."""
    text = _TEXTS.get(code)
    return code if text is None else str(text) % defaultdict(str, detail)


def key_of(form: Form, row: models.Model) -> str:
    """The key by which a verb knows what this form does to `row` when it is sent again."""
    return f"console:{row.pk}:{form.cleaned_data['form_token'] or ids.token()}"


def _act_page(request: Request, act: Act) -> HttpResponse:
    form = (act.form or Form)(_sent(request), organization=request.organization, initial=dict(act.initial))
    if request.method == "POST" and form.is_valid():
        try:
            token = form.cleaned_data["form_token"] if act.once else ""
            return HttpResponseRedirect(_save_once(request, token, lambda: _do(request, act, form)) or act.back)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "console/act.html", {"act": act, "form": form}, status=400 if form.errors else 200)


def _do(request: Request, act: Act, form: Form) -> str:
    toast(request, act.run(form), undo=act.undo)
    return act.back


def _save_once(request: Request, token: str, save: Callable[[], str]) -> str:
    """Saves unless the same form was saved before; then it leads to where that one led."""
    if not token:
        return save()
    with transaction.atomic():
        # Presses of one person wait for each other here; what is refused below is rolled back and may be sent again.
        request.staff.membership_set.select_for_update(no_key=True).get(pk=request.membership.pk)
        if throttles.hit(key=f"form:{token}", limit=1, window_seconds=TOKEN_SECONDS):
            place = save()
            request.session["saved"] = dict([*request.session.get("saved", {}).items(), (token, place)][-TOKENS_KEPT:])
            request.session.save()
            return place
    # This press read its session before the first one wrote: what it says now must not write over that.
    request.session["saved"] = type(request.session)(request.session.session_key).get("saved", {})
    toast(request, _("That was saved already."))
    return str(request.session["saved"].get(token, ""))


def _sent(request: Request) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


_TEXTS: Final[refusals.Texts] = {
    **refusals.TEXTS,
    # What the package says to the customer, said to staff.
    BillingCode.ACCOUNT_IS_OVER: gettext_lazy(
        "The account expiry date has passed: no login is accepted, so nothing is sold until it is a later one."
    ),
    BillingCode.CUSTOMER_MAY_NOT_BUY: gettext_lazy(
        "This customer is disabled, suspended or deleted: nothing is sold until that is lifted."
    ),
}

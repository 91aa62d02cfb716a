"""What all pages of the console share: the list, the form, and the page that asks before something is done.

Forms never write: a page saves by calling the noun's verb, and a verb's refusal becomes an error beside its field.
"""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.billing.rules import Code as BillingCode
from headend.doors.console.access import Request, may, render, url
from headend.lib import ids
from headend.lib.refused import Refused
from headend.system import search, throttles
from headend.system.models import Organization
from headend.ui import refusals
from headend.ui.forms import PlainForm
from headend.ui.paging import Page, behind, place_of, read_place, write_place
from headend.ui.templatetags.show import COUNTED

PAGE_SIZE: Final = 50
SEARCH_LONGEST: Final = 100
# A form may be sent so long after it was shown and still be known for the same one.
TOKEN_SECONDS: Final = 24 * 60 * 60
TOKENS_KEPT: Final = 10
_LARGEST_ID: Final = 2**63 - 1
_LINK: Final = re.compile(r"\s*<a\s.*?</a>", re.DOTALL)

Text = str | Promise
Row = TypeVar("Row", bound=models.Model)
FormT = TypeVar("FormT", bound="Form")

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


class Form(PlainForm):
    """The base of the console's forms. The organization stands before anything is validated.

    `layout` names the fields, row by row; two in a row stand side by side where there is room. `css` gives some of them
    a class. `demanded` are those that the form as a whole asks for, though each by itself may be empty.
    """

    layout: ClassVar[tuple[tuple[str, ...], ...]] = ()
    css: ClassVar[dict[str, str]] = {}
    demanded: ClassVar[tuple[str, ...]] = ()

    form_token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=32)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.initial.setdefault("form_token", ids.token())
        for choice in self.fields.values():
            if isinstance(choice, Owned):
                choice.queryset = choice.of(organization)
            assert not isinstance(choice, forms.ModelChoiceField) or isinstance(choice, Owned), "a choice is Owned"
        for name in self.demanded:
            setattr(self.fields[name], "demanded", True)  # noqa: B010 - as below
        for name, css in self.css.items():
            setattr(self.fields[name], "css", css)  # noqa: B010 - the field's template reads it, Django's class lacks it

    def refuse(self, refused: Refused) -> None:
        """A verb's refusal, beside the field that it belongs to, else above the form."""
        place = refused.field if refused.field in self.fields else None
        self.add_error(place, refusal_text(self.organization, refused))

    @property
    def mistakes(self) -> list[dict[str, Any]]:
        """What is to be mended, in the order of the page: a text, and where to go. A field is one thing, whatever is said of it."""
        found: list[dict[str, Any]] = [{"text": _plain(text), "anchor": ""} for text in self.non_field_errors()]
        for name in self.fields:
            if name not in self.errors:
                continue
            bound = self[name]
            place = f"{bound.auto_id}_0" if isinstance(bound.field.widget, forms.RadioSelect) else bound.id_for_label
            said = " ".join(_plain(text) for text in self.errors[name])
            found.append({"text": f"{bound.label}: {said}", "anchor": place})
        return found


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. `sort` names an order of the listing, where there is an index to sort by.

    A column of `is_money` names the currency in its head, and its cells hold bare figures.
    """

    label: Text
    css: str = ""
    sort: str = ""
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list page shows. `row` is the template of one row, which gets it as `row`.

    `orders` maps what a URL may ask for to columns that have an index; the first one is the order unless another is asked
    for. `find` narrows the rows to a search. `falling` is the first order's direction.
    """

    title: Text
    icon: str
    columns: tuple[Column, ...]
    row: str
    orders: dict[str, tuple[str, ...]]
    empty: Text
    add: str = ""
    add_label: Text = ""
    add_permission: str = ""
    about: Text = ""
    placeholder: Text = ""
    find: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    falling: bool = False


@dataclass(slots=True)
class Head:
    """A column's head as it is drawn: where a click leads, and how it is sorted now."""

    label: Text
    css: str
    link: str = ""
    sorted: str = ""
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is asked about before it is done. `title` asks, `says` names what will happen, `run` does it and
    gives back what the toast says; `undo` is where a POST takes it back. `ways` are other things to do instead; without a
    `button` only those are offered. With `once` the same page sent a second time does nothing more: for a verb that would.
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
    once: bool = False


def fetch(rows: QuerySet[Row], pk: int) -> Row:
    """The row of that id among `rows`, which belong to the organization; 404 for any other."""
    row = rows.filter(pk=pk).first() if pk <= _LARGEST_ID else None
    if row is None:
        raise Http404
    return row


def first(rows: QuerySet[Row]) -> Row:
    """The only row among `rows`; 404 where there is none."""
    row = rows.first()
    if row is None:
        raise Http404
    return row


def list_page(
    request: Request,
    listing: Listing,
    rows: QuerySet[Any],
    *,
    template: str = "console/list.html",
    complete: Callable[[list[Any]], dict[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """A page of `rows`, searched, sorted and cut as the URL asks. `complete` adds what the rows of the page need."""
    query = request.GET.get("q", "").strip()[:SEARCH_LONGEST]
    if query and listing.find is not None:
        rows = listing.find(rows, query)
    order, falling = sort_asked(request, listing)
    page = cut(request, in_order(rows, listing, order, falling), listing.orders[order], falling=falling)
    shown = {
        "listing": listing,
        "page": page,
        "heads": heads(request, listing.columns, order, falling),
        "query": query,
        "add_url": url(request, listing.add) if listing.add else "",
        "may_add": bool(listing.add) and may(request, listing.add_permission),
    }
    more = complete(page.rows) if complete is not None else {}
    return render(request, template, {**shown, **context, **more})


def sort_asked(request: Request, listing: Listing) -> tuple[str, bool]:
    """The order that the URL asks for, and whether it falls; the first order where it asks for none that there is."""
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    return (name, asked.startswith("-")) if name in listing.orders else (next(iter(listing.orders)), listing.falling)


def in_order(rows: QuerySet[Row], listing: Listing, order: str, falling: bool) -> QuerySet[Row]:
    """The rows in one of the listing's orders."""
    return rows.order_by(*(f"-{name}" if falling else name for name in listing.orders[order]))


def cut(
    request: Request,
    rows: QuerySet[Any],
    columns: Sequence[str] = (),
    *,
    falling: bool = False,
    total: int | None = None,
) -> Page:
    """The page of `rows` that the URL asks for; rows are counted no further than lists say, where `total` is not known yet.

    With the `columns` of their order the pages after the first are found by where the one before ended: the thousandth
    costs what the second does. By its number alone a page is found as far as rows are counted.
    """
    number = _page_number(request)
    # A column of another table has no index in this order.
    keys = () if any("__" in column for column in columns) else tuple(columns)
    shown = _shown(request, rows, number, keys, falling)
    if not shown and number > 1:
        number, shown = 1, list(rows[: PAGE_SIZE + 1])
    more = len(shown) > PAGE_SIZE
    shown = shown[:PAGE_SIZE]
    if shown and not more:
        total = (number - 1) * PAGE_SIZE + len(shown)
    elif total is None:
        total = rows.order_by()[: COUNTED + 1].count()
    return Page(
        rows=shown,
        number=number,
        total=total,
        size=PAGE_SIZE,
        previous=_page_link(request, number - 1, shown[:1], keys, "before") if number > 1 else "",
        next=_page_link(request, number + 1, shown[-1:], keys, "after") if more else "",
    )


def heads(request: Request, columns: Sequence[Column], order: str, falling: bool) -> list[Head]:
    """The heads of a table: a click sorts, a second one turns the order."""
    drawn = []
    for column in columns:
        head = Head(column.label, column.css, is_money=column.is_money)
        if column.sort:
            current = column.sort == order
            head.link = link(request, sort=f"-{column.sort}" if current and not falling else column.sort, page="")
            head.sorted = ("descending" if falling else "ascending") if current else ""
        drawn.append(head)
    return drawn


def link(request: Request, **changes: Any) -> str:
    """The present address with other parameters; an empty one is left out. Where a page begins is of that page alone."""
    kept = {name: value for name, value in request.GET.items() if name not in ("after", "before")}
    given = {**kept, **{name: str(value) for name, value in changes.items()}}
    if given.get("page") == "1":
        del given["page"]
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{request.path}?{query}" if query else request.path


def form_page(
    request: Request,
    form_class: type[FormT],
    *,
    title: Text,
    button: Text,
    back: str,
    save: Callable[[FormT], str],
    initial: dict[str, Any] | None = None,
    template: str = "console/form.html",
    once: bool = False,
    generate: Callable[[FormT], dict[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """A form that saves by a verb. `save` does it and returns where to go.

    With `once` the same form sent a second time changes nothing and leads to where the first one led. `generate` makes
    values for a form that was sent by one of its side buttons.
    """
    files = request.FILES if request.method == "POST" else None
    form = form_class(_sent(request), files, organization=request.organization, initial=dict(initial or {}))
    if request.method == "POST" and "generate" in request.POST and generate is not None:
        form = refilled(request, form_class, generate(form))
    elif request.method == "POST":
        place = saved(request, form, save, once=once)
        if place is not None:
            return HttpResponseRedirect(place or back)
    shown = {"form": form, "title": title, "button": button, "back": back, "generates": generate is not None}
    return render(request, template, {**shown, **context}, status=400 if form.errors else 200)


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


def act_page(
    request: Request, act: Act, form_class: type[Form] | None = None, *, initial: dict[str, Any] | None = None
) -> HttpResponse:
    """A page that asks, and on POST does it. A script shows its dialog in place."""
    form = (form_class or Form)(_sent(request), organization=request.organization, initial=dict(initial or {}))
    if request.method == "POST" and form.is_valid():
        try:
            token = form.cleaned_data["form_token"] if act.once else ""
            return HttpResponseRedirect(_save_once(request, token, lambda: _do(request, act, form)) or act.back)
        except Refused as refused:
            form.refuse(refused)
    return render(request, "console/act.html", {"act": act, "form": form}, status=400 if form.errors else 200)


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


def by_name(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Rows whose name holds the query, in any letters; for the short lists that need no index to search."""
    return rows.filter(pk__in=search.holding(rows, query, "name"))


def _plain(text: object) -> str:
    """A mistake as it is told in the summary: without the link, because the whole line there is one already."""
    return html.unescape(_LINK.sub("", text)) if isinstance(text, SafeString) else str(text)


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


def _shown(request: Request, rows: QuerySet[Any], number: int, keys: tuple[str, ...], falling: bool) -> list[Any]:
    """The rows of a page, and one more where another page follows."""
    after, before = (read_place(request.GET.get(name, ""), rows.model, keys) for name in ("after", "before"))
    if keys and number > 1 and after is not None:
        return list(behind(rows, keys, after, falling=falling)[: PAGE_SIZE + 1])
    if keys and number > 1 and before is not None:
        found = list(behind(rows.reverse(), keys, before, falling=not falling)[:PAGE_SIZE])[::-1]
        # There is a page behind it; where it is not full there is none before it, and it is no such page.
        return [*found, found[-1]] if len(found) == PAGE_SIZE else []
    start = (number - 1) * PAGE_SIZE
    return list(rows[start : start + PAGE_SIZE + 1]) if start <= COUNTED or not keys else []


def _page_link(request: Request, number: int, beside: Sequence[Any], columns: Sequence[str], where: str) -> str:
    place = place_of(beside[0], columns) if columns and beside and number > 1 else ()
    known = place and None not in place
    return link(request, page=number, **({where: write_place(place)} if known else {}))


def _page_number(request: Request) -> int:
    asked = request.GET.get("page", "1")
    # More digits than any list has pages would only make the database count.
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked[:9]) > 0 and len(asked) < 7 else 1


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

"""Printed vouchers: the batches, issuing one, its page, and what is done to several of its sheets."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from headend.access import batches, vouchers
from headend.access.models import Batch, ConnectionType
from headend.doors.console import lists, pages, saving
from headend.doors.console.choices import VoucherChoices
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, page, render, url
from headend.doors.console.saving import Act, Fill, Form, Owned, asks
from headend.lib import clock
from headend.lib.refused import Refused
from headend.reports import batches as report
from headend.ui.forms import Amount
from headend.ui.templatetags import show as words

LISTING: Final = Listing(
    title=gettext_lazy("Vouchers"),
    icon="ticket",
    about=gettext_lazy("Batches of printed vouchers, on numbered sheets. What customers bought is on their own pages."),
    columns=(
        Column(gettext_lazy("Batch"), sort="number"),
        Column(gettext_lazy("Plan")),
        Column(gettext_lazy("Vouchers"), css="num"),
        Column(gettext_lazy("Sheets held"), css="num"),
        Column(gettext_lazy("Released"), css="num"),
        Column(gettext_lazy("Void"), css="num"),
        Column(gettext_lazy("Note")),
        Column(gettext_lazy("Issued")),
    ),
    row="console/vouchers/batch_row.html",
    orders={"number": ("number",)},
    falling=True,
    empty=gettext_lazy(
        "No batches yet. A batch makes up to 100,000 codes, on sheets that you hold until you hand them out."
    ),
    add="batch_add",
    add_label=gettext_lazy("Issue a batch"),
    add_permission="vouchers.issue",
    placeholder=gettext_lazy("Voucher code, batch, plan or note"),
    find=report.found,
)

SHEETS: Final = Listing(
    title=gettext_lazy("Sheets"),
    icon="list",
    columns=(
        Column(gettext_lazy("Sheet"), sort="number"),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Unused"), css="num"),
        Column(gettext_lazy("Active"), css="num"),
        Column(gettext_lazy("Ended"), css="num"),
        Column(gettext_lazy("Since"), css="p3"),
        Column(""),
    ),
    row="console/vouchers/sheet_row.html",
    orders={"number": ("number",)},
    empty="",
)

# What fits on an A4 page, cut four by ten.
ON_A_SHEET = 40


def _whole(label: Any, initial: int, hint: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=1, max_value=batches.VOUCHERS_AT_MOST, initial=initial, widget=Amount(), help_text=hint
    )


class BatchForm(Form):
    """Vouchers that are made together: of which plan, and how many."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("plan",),
        ("sheets", "vouchers_per_sheet"),
        ("note",),
        ("valid_until",),
    )

    plan = Owned(
        label=gettext_lazy("Plan"),
        of=lambda organization: (
            organization.plan_set.filter(connection_type=ConnectionType.HOTSPOT, retired_at__isnull=True)
            .select_related("organization")
            .order_by("price_minor", "name_key")
        ),
        widget=VoucherChoices(),
        empty_label=None,
        blank=False,
        error_messages={
            "required": gettext_lazy("Choose a plan."),
            "invalid_choice": gettext_lazy("This plan is no longer sold: choose one of this list."),
        },
    )
    sheets = _whole(gettext_lazy("Sheets"), 10, gettext_lazy("They are numbered, and each is released by itself."))
    vouchers_per_sheet = _whole(gettext_lazy("Vouchers on a sheet"), ON_A_SHEET, gettext_lazy("40 fill an A4 page."))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Whom they are for: colleagues read it in the list."),
        widget=forms.TextInput(attrs={"class": "w-l", "autocomplete": "off"}),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Last day to begin"),
        required=False,
        help_text=gettext_lazy("Vouchers that nobody used by then end. Empty: they keep."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "w-m"}),
    )

    def clean_valid_until(self) -> date | None:
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < clock.local_day(clock.now(), self.organization.timezone):
            raise forms.ValidationError(gettext_lazy("This day is over."))
        return day

    def values(self) -> dict[str, Any]:
        """What the verb takes."""
        values = {name: self.cleaned_data[name] for name in ("plan", "sheets", "vouchers_per_sheet", "note")}
        return {**values, "valid_until": self._ends_at()}

    def _ends_at(self) -> datetime | None:
        day = self.cleaned_data["valid_until"]
        return clock.day_end(day, self.organization.timezone) if day else None


class RangeForm(Form):
    """Some sheets of a batch, by their numbers."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("first", "last"),)

    first = forms.IntegerField(label=gettext_lazy("From sheet"), widget=Amount())
    last = forms.IntegerField(label=gettext_lazy("To sheet"), widget=Amount())

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, organization=batch.organization, **kwargs)
        self.batch = batch

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if {"first", "last"} <= values.keys():
            try:
                batches.check_range(batch=self.batch, first=values["first"], last=values["last"])
            except Refused as refused:
                self.refuse(refused)
        return values


def fetch(request: Request, pk: int) -> Batch:
    """A batch of the organization; 404 for any other."""
    return pages.fetch(request.organization.batch_set.select_related("organization", "plan", "created_by"), pk)


@page("vouchers/", "batches", see="customers.see", rail=Entry("access", gettext_lazy("Vouchers"), "ticket", 2))
def listing(request: Request) -> HttpResponse:
    """The batches, the newest first. A voucher's code leads to the voucher."""
    query = request.GET.get("q", "").strip()[: lists.SEARCH_LONGEST]
    voucher = vouchers.find(organization=request.organization, code=query) if query else None
    if voucher is not None:
        return HttpResponseRedirect(url(request, "voucher", voucher.pk))
    return lists.list_page(
        request,
        LISTING,
        request.organization.batch_set.select_related("created_by"),
        template="console/vouchers/batches.html",
        complete=lambda shown: {"sheets": report.sheets_of(shown)},
    )


@page("vouchers/batches/add/", "batch_add", see="vouchers.issue", do="vouchers.issue")
def add(request: Request) -> HttpResponse:
    """*Issue a batch*."""
    made: list[Batch] = []

    def save(form: BatchForm) -> str:
        # The form's own transaction is open here: SQLite's only writer is not kept for so many rows.
        batch = batches.issue(organization=request.organization, by=request.staff, at_once=False, **form.values())
        made.append(batch)
        saving.toast(request, _("Batch %(number)s is issued. Its sheets are held.") % {"number": batch.number})
        return url(request, "batch", batch.pk)

    fill = Fill(
        BatchForm,
        title=_("Issue a batch"),
        about=_("Codes on numbered sheets. They connect nobody until their sheet is released."),
        crumbs=[(_("Vouchers"), url(request, "batches"))],
        button=_("Issue batch"),
        back=url(request, "batches"),
        save=save,
        once=True,
        template="console/vouchers/batch_add.html",
        more={
            "has_plans": request.organization.plan_set.filter(
                connection_type=ConnectionType.HOTSPOT, retired_at__isnull=True
            ).exists()
        },
    )
    answer = saving.form_page(request, fill)
    for batch in made:
        if batch.vouchers <= batches.MADE_AT_ONCE:
            batches.fill(batch_id=batch.pk)
    return answer


@page("vouchers/batches/<int:pk>/", "batch", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """A batch: how far it is made, its sheets, and what became of its vouchers."""
    batch = fetch(request, pk)
    progress = report.progress(batch)
    if request.headers.get("HX-Request"):
        context = {"batch": batch, "progress": progress, "organization": request.organization}
        answer = django_render(request, "console/vouchers/progress.html", context)
        if progress.is_whole or progress.stopped:
            # Then the page has more to say than this part.
            answer["HX-Refresh"] = "true"
        return answer
    states = report.sheets_of([batch])[batch.pk]
    return lists.list_page(
        request,
        SHEETS,
        batch.sheet_set.select_related("released_by", "voided_by"),
        template="console/vouchers/batch.html",
        complete=lambda shown: {"counted": report.by_sheet(shown)},
        batch=batch,
        progress=progress,
        states=states,
        total=report.counts(batch.sheet_set.all()),
        in_force=states.held + states.released,
    )


@page("vouchers/batches/<int:pk>/filling/", "batch_filling", do="vouchers.issue")
def filling(request: Request, pk: int) -> HttpResponse:
    """Has the worker go on with a batch whose making was given up."""
    batches.go_on(batch=fetch(request, pk))
    saving.toast(request, _("The rest is being made."))
    return HttpResponseRedirect(url(request, "batch", pk))


@asks("vouchers/batches/<int:pk>/release/", "batch_release", do="vouchers.issue", of=fetch)
def release(request: Request, batch: Batch) -> Act | HttpResponse:
    """Releases all held sheets of a batch, or those of the range that the address names."""
    chosen = _chosen(request, batch, _("Release sheets"))
    if not isinstance(chosen, _Range):
        return chosen
    sheets = batches.held(batch=batch, first=chosen.first, last=chosen.last)
    count, of = sheets.count(), report.counts(sheets)

    def run(form: saving.Form) -> str:
        done = batches.release_range(batch=batch, first=chosen.first, last=chosen.last, by=request.staff)
        return ngettext("%(n)s sheet is released.", "%(n)s sheets are released.", done) % _counted(done)

    return Act(
        title=ngettext("Release %(n)s sheet of batch %(batch)s?", "Release %(n)s sheets of batch %(batch)s?", count)
        % _counted(count, batch),
        says=[_numbers(chosen, batch), release_says(of)] if count else [_("None of these sheets is held.")],
        button=_("Release") if count else "",
        icon="check",
        harm=False,
        back=url(request, "batch", batch.pk),
        run=run,
    )


@asks("vouchers/batches/<int:pk>/voiding/", "batch_voiding", do="vouchers.void", of=fetch)
def void(request: Request, batch: Batch) -> Act | HttpResponse:
    """Takes back the sheets of the range that the address names, or all that are held."""
    chosen = _chosen(request, batch, _("Void sheets"))
    if not isinstance(chosen, _Range):
        return chosen
    choose = batches.in_force if chosen.named else batches.held
    sheets = choose(batch=batch, first=chosen.first, last=chosen.last)
    count, of = sheets.count(), report.counts(sheets)

    def run(form: saving.Form) -> str:
        done = batches.void_range(
            batch=batch, first=chosen.first, last=chosen.last, by=request.staff, only_held=not chosen.named
        )
        return ngettext("%(n)s sheet is void.", "%(n)s sheets are void.", done) % _counted(done)

    says = [_numbers(chosen, batch), *void_says(of)]
    return Act(
        title=ngettext("Void %(n)s sheet of batch %(batch)s?", "Void %(n)s sheets of batch %(batch)s?", count)
        % _counted(count, batch),
        says=says if count else [_("None of these sheets is left to void.")],
        button=ngettext("Void %(n)s sheet", "Void %(n)s sheets", count) % _counted(count) if count else "",
        icon="ban",
        back=url(request, "batch", batch.pk),
        run=run,
    )


def release_says(of: report.Counts) -> str:
    """What releasing sheets does to their vouchers, in words."""
    text = ngettext(
        "Its vouchers connect from now on: %(n)s is unused.",
        "Its vouchers connect from now on: %(n)s are unused.",
        of.unused,
    )
    return text % _counted(of.unused)


def void_says(of: report.Counts) -> list[str]:
    """What voiding sheets does to their vouchers, in words."""
    unused = ngettext(
        "%(n)s unused voucher connects nobody any more.", "%(n)s unused vouchers connect nobody any more.", of.unused
    )
    active = ngettext(
        "%(n)s active voucher ends at once: whoever is connected with it is cut off within seconds.",
        "%(n)s active vouchers end at once: whoever is connected with them is cut off within seconds.",
        of.active,
    )
    says = [text % _counted(count) for text, count in ((unused, of.unused), (active, of.active)) if count]
    return [*says, _("This cannot be taken back.")]


@dataclass(frozen=True, slots=True)
class _Range:
    """The sheets that are meant; `named` is whether the address names them."""

    first: int
    last: int
    named: bool


def _chosen(request: Request, batch: Batch, title: str | Promise) -> _Range | HttpResponse:
    """What the address names, else every sheet; a page that asks again where it names what there is not."""
    if not {"first", "last"} & request.GET.keys():
        return _Range(1, batch.sheets, named=False)
    form = RangeForm(request.GET, batch=batch)
    if form.is_valid():
        return _Range(form.cleaned_data["first"], form.cleaned_data["last"], named=True)
    back = url(request, "batch", batch.pk)
    context: dict[str, Any] = {"form": form, "title": title, "batch": batch, "back": back}
    return render(request, "console/vouchers/range.html", context, status=400)


def _numbers(chosen: _Range, batch: Batch) -> str:
    if not chosen.named:
        return _("All sheets of batch %(batch)s that are held.") % {"batch": batch.number}
    return _("Sheets %(first)s to %(last)s.") % {"first": words.count(chosen.first), "last": words.count(chosen.last)}


def _counted(count: int, batch: Batch | None = None) -> dict[str, str]:
    return {"n": words.count(count), "batch": words.count(batch.number) if batch else ""}

"""One sheet of printed vouchers: its codes, their passwords, releasing and voiding it."""

from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from headend.access import batches
from headend.access.models import Sheet, Voucher
from headend.doors.console import lists, pages, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.packages.batches import release_says, void_says
from headend.doors.console.packages.vouchers import states_of
from headend.doors.console.pages import Request, may, page, url
from headend.doors.console.saving import Act, asks
from headend.lib import clock
from headend.reports import batches as report
from headend.ui.templatetags import show as words

CODES: Final = Listing(
    title=gettext_lazy("Vouchers"),
    icon="ticket",
    columns=(
        Column(gettext_lazy("Code")),
        Column(gettext_lazy("Password")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("First used")),
        Column(gettext_lazy("First device"), css="p3"),
        Column(gettext_lazy("Used")),
        Column(gettext_lazy("To")),
    ),
    row="console/vouchers/code_row.html",
    orders={"code": ("pk",)},
    empty="",
)


def fetch(request: Request, pk: int) -> Sheet:
    """A Sheet of the organization; 404 for any other."""
    rows = request.organization.sheet_set.select_related(
        "organization", "batch__organization", "batch__plan", "released_by", "voided_by"
    )
    return pages.fetch(rows, pk)


@page("vouchers/sheets/<int:pk>/", "sheet", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """A sheet with its codes. Who may not issue vouchers sees those that were used: an unused one is as good as money."""
    return _show(request, fetch(request, pk))


@sensitive_variables()
@never_cache
@page("vouchers/sheets/<int:pk>/secrets/", "sheet_secrets", do="customers.edit")
def secrets(request: Request, pk: int) -> HttpResponse:
    """The page with the passwords in it; that they were shown is an Event."""
    return _show(request, fetch(request, pk), reveals=True)


@asks("vouchers/sheets/<int:pk>/release/", "sheet_release", do="vouchers.issue", of=fetch)
def release(request: Request, sheet: Sheet) -> Act:
    """Lets the vouchers of a sheet connect."""

    def run(form: saving.Form) -> str:
        batches.release(sheet=sheet, by=request.staff)
        return _("Sheet %(number)s is released.") % {"number": sheet.number}

    return Act(
        title=_("Release sheet %(number)s of batch %(batch)s?") % _names(sheet),
        says=[release_says(_counts(request, sheet))],
        button=_("Release"),
        icon="check",
        harm=False,
        back=url(request, "sheet", sheet.pk),
        run=run,
    )


@asks("vouchers/sheets/<int:pk>/voiding/", "sheet_voiding", do="vouchers.void", of=fetch)
def void(request: Request, sheet: Sheet) -> Act:
    """Takes a sheet back for good."""

    def run(form: saving.Form) -> str:
        batches.void(sheet=sheet, by=request.staff)
        return _("Sheet %(number)s is void.") % {"number": sheet.number}

    return Act(
        title=_("Void sheet %(number)s of batch %(batch)s?") % _names(sheet),
        says=void_says(_counts(request, sheet)),
        button=_("Void sheet"),
        icon="ban",
        back=url(request, "sheet", sheet.pk),
        run=run,
    )


def _show(request: Request, sheet: Sheet, *, reveals: bool = False) -> HttpResponse:
    rows = sheet.voucher_set.select_related("sheet")
    sees_unused = may(request, "vouchers.issue")
    if not sees_unused:
        rows = rows.filter(first_used_at__isnull=False)

    def complete(shown: list[Voucher]) -> dict[str, Any]:
        passwords = batches.reveal(sheet=sheet, shown=shown, by=request.staff) if reveals and shown else {}
        return {"states": states_of(shown), "passwords": passwords}

    return lists.list_page(
        request,
        CODES,
        rows,
        template="console/vouchers/sheet.html",
        complete=complete,
        sheet=sheet,
        batch=sheet.batch,
        counts=_counts(request, sheet),
        sees_unused=sees_unused,
        now=clock.now(),
    )


def _counts(request: Request, sheet: Sheet) -> report.Counts:
    return report.counts(request.organization.sheet_set.filter(pk=sheet.pk))


def _names(sheet: Sheet) -> dict[str, str]:
    return {"number": words.count(sheet.number), "batch": words.count(sheet.batch.number)}

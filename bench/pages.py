"""The pages that grow with a provider: each by its name, with its address below the console."""

from dataclasses import dataclass
from typing import Any, Final

CONSOLE: Final = "/baobab/console/"
ROWS: Final = 50


# Name, path, and what is sent.
Asked = tuple[str, str, dict[str, str] | None]


@dataclass(frozen=True, slots=True)
class Page:
    """A page, or with `fields` what a button of it sends."""

    name: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()


# `{customer}` and the like stand for ids, `{last}` for the number of the last page.
PAGES: Final = (
    Page("dashboard", ""),
    Page("customers", "customers/"),
    Page("customers, last page", "customers/?page={last}"),
    Page("customers, online", "customers/?view=online"),
    Page("customers, expiring", "customers/?view=expiring"),
    Page("customers, halted", "customers/?view=halted"),
    Page("customers, deleted", "customers/?view=deleted"),
    Page("search: gmail", "customers/?q=gmail"),
    Page("search: %", "customers/?q=%25"),
    Page("search: _", "customers/?q=_"),
    Page("search: 254", "customers/?q=254"),
    Page("search: 7", "customers/?q=7"),
    Page("search: a phone", "customers/?q={phone}"),
    Page("customer", "customers/{customer}/"),
    Page("customer, online", "customers/{online}/"),
    *(
        Page(f"customer, panel {panel}", f"customers/{{customer}}/panels/{panel}/")
        for panel in ("vouchers", "ledger", "sessions", "devices", "refusals", "messages", "notes", "triggers")
    ),
    Page("ledger", "customers/{customer}/ledger/"),
    Page("add customer: a username", "customers/add/", (("full_name", "{name}"), ("generate", "username"))),
    Page("messages", "messages/"),
    Page("messages, failed", "messages/?state=failed"),
    Page("messages of a customer", "messages/?q={phone}"),
    Page("messages: a word", "messages/?text=received"),
    Page("payments", "payments/"),
    Page("payments, last page", "payments/?page={last_payments}"),
    Page("payments, waiting", "payments/?state=pending"),
    Page("payments, failed", "payments/?state=failed"),
    Page("payments, not carried out", "payments/?state=unfulfilled"),
    Page("payments by phone", "payments/?q={phone}"),
    Page("sites", "sites/"),
    Page("plans", "plans/"),
    Page("groups", "groups/"),
    Page("disable a group", "groups/{group}/suspension/disabled/"),
    Page("NASes", "nas/"),
    Page("NAS", "nas/{nas}/"),
    Page("sessions", "sessions/"),
    Page("vouchers", "vouchers/"),
    Page("voucher", "vouchers/{voucher}/"),
    Page("events", "events/"),
)


def of(objects: dict[str, Any]) -> list[Asked]:
    """Name, path and what is sent of each page, for these objects."""
    known = {
        **objects,
        "last": objects["customers"] // ROWS - 1,
        # Two of each customer.
        "last_payments": objects["customers"] * 2 // ROWS,
    }
    return [
        (
            page.name,
            CONSOLE + page.path.format(**known),
            {name: value.format(**known) for name, value in page.fields} or None,
        )
        for page in PAGES
    ]

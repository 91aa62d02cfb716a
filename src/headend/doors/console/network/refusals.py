"""Logins of a customer that were refused."""

from typing import Any

from django.utils.translation import gettext_lazy

from headend.access.reasons import OTHER_REASON, SHORT
from headend.doors.console.panels import Looked, panel
from headend.reports import customer as report


@panel("refusals", gettext_lazy("Refusals"), at=80, later=True)
def of_customer(looked: Looked) -> dict[str, Any]:
    """The last ones, each with its reason."""
    return {"refusals": [(row, SHORT.get(row.reason, OTHER_REASON)) for row in report.refused(looked.customer)]}

"""What a customer used on each of the last days."""

from typing import Any

from django.utils.translation import gettext_lazy

from headend.doors.console.panels import Looked, panel
from headend.lib import clock
from headend.reports import usage
from headend.ui import charts


@panel("usage", gettext_lazy("Usage"), at=20)
def of_customer(looked: Looked) -> dict[str, Any]:
    """The chart, over all packages and vouchers."""
    days = [charts.Day(day.day, day.download_bytes, day.upload_bytes) for day in usage.of_customer(looked.customer)]
    return {"chart": charts.usage(days), "now": clock.now()}

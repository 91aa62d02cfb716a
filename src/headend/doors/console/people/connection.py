"""Whether a customer may connect, rule by rule, with what mends each refusal."""

from typing import Any

from django.utils.translation import gettext_lazy

from headend.access.authorize import Code
from headend.access.reasons import RULES
from headend.doors.console import mending
from headend.doors.console.pages import Request
from headend.doors.console.panels import Looked, panel
from headend.reports import customer as report


@panel("explain", gettext_lazy("Connection"), at=10)
def explain(looked: Looked) -> dict[str, Any]:
    """The verdict of each rule on each package."""
    hub = looked.hub
    answers = [_answer(looked.request, hub, explained) for explained in hub.explained]
    return {"hub": hub, "answers": answers, "usable": looked.usable}


def _answer(request: Request, hub: report.Hub, explained: report.Explained) -> dict[str, Any]:
    """A package's verdicts as the page draws them."""
    refusing = report.refusing(explained, online=bool(hub.live))
    return {
        "package": explained.package,
        "credential": explained.credential,
        "remedy": mending.remedy(request, hub, explained) if refusing else None,
        "verdicts": [
            {
                "code": verdict.code,
                # Whoever is connected is not refused by their own connection: it is told, not as a fault.
                "result": "full" if verdict is explained.first and not refusing else verdict.result,
                "rule": RULES[verdict.code],
                "detail": mending.detail(verdict, request.organization),
            }
            for verdict in explained.verdicts
            # Nobody presents a password to a page.
            if verdict.code is not Code.PASSWORD_WRONG
        ],
    }

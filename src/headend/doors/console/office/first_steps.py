"""The way to the first customer online, as an empty dashboard shows it: five steps, and the button of the next one."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from headend.doors.console.pages import Request, url
from headend.reports.first_steps import FirstSteps


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `state` is `done`, `next` or `later`; the button is shown on the next one."""

    title: str
    note: str
    button: str
    url: str
    state: str


def draw(request: Request, so_far: FirstSteps) -> list[Step]:
    """The steps in their order."""
    steps = [
        (
            so_far.site,
            _("Add a site"),
            _("The place where your router stands: a tower, a shop, a café."),
            _("Add site"),
            url(request, "site_add"),
        ),
        (
            so_far.nas is not None,
            _("Add your NAS (router)"),
            _("Its page then gives you the lines to paste into the router, so that it asks us who may connect."),
            _("Add NAS"),
            url(request, "nas_add"),
        ),
        (
            so_far.plan,
            _("Add a plan"),
            _("What you sell: a price, a speed, and how long it runs."),
            _("Add plan"),
            url(request, "plan_add"),
        ),
        (
            so_far.customer is not None,
            _("Add a customer"),
            _("With the plan, and the username and password for their router."),
            _("Add Customer"),
            url(request, "customer_add"),
        ),
        (False, *_login(request, so_far)),
    ]
    waits = next(number for number, (done, *_rest) in enumerate(steps) if not done)
    return [
        Step(title, note, button, place, "done" if done else "next" if number == waits else "later")
        for number, (done, title, note, button, place) in enumerate(steps)
    ]


def _login(request: Request, so_far: FirstSteps) -> tuple[str, str, str, str]:
    """The last step: the router is made to ask, then somebody signs in."""
    title = _("See the first login")
    if so_far.nas is None:
        return title, _("Somebody connects, and is listed under Sessions."), "", ""
    if so_far.nas.last_seen_at is None or so_far.customer is None:
        note = _("Paste the lines into %(nas)s and connect. Nothing was heard from it yet.") % {"nas": so_far.nas.name}
        return title, note, _("See what to paste"), url(request, "nas_show", so_far.nas.pk)
    note = _("%(nas)s was heard, and nobody is online yet. The customer’s page says why.") % {"nas": so_far.nas.name}
    button = _("See why %(name)s is not online") % {"name": so_far.customer.name}
    return title, note, button, url(request, "customer", so_far.customer.pk)

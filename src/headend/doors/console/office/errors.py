"""Pages that say in words what went wrong."""

import sys
from typing import Any

from django.core.exceptions import DisallowedHost, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from headend.system import disk


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400. A name that we do not answer to is told apart: it is what a first visit over the network meets.

    So is a form of more fields than are read: whoever sent it can send less.
    """
    if isinstance(exception, DisallowedHost):
        what = _("This console does not answer to that name. Whoever runs it adds the name to HEADEND_HOSTS.")
        return _page(request, 400, _("Not reached by this name"), what)
    if isinstance(exception, TooManyFieldsSent | TooManyFilesSent):
        what = _(
            "More fields or files came at once than are read. Nothing of it was kept. Go back, and send less at once."
        )
        return _page(request, 400, _("That is too much at once"), what)
    return _page(request, 400, _("That cannot be read"), _("Something in this address or form is not as it should be."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403, where no role is asked about: see `pages` for those."""
    return _page(request, 403, _("Not allowed"), _("This is not for you to see."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404, also for what belongs to somebody else."""
    return _page(
        request, 404, _("Nothing is here"), _("The page was moved or removed, or it is none of your organization's.")
    )


def too_large(request: HttpRequest, most_bytes: int) -> HttpResponse:
    """413, before anything of it was read."""
    what = _(
        "This page takes %(most)s kB at most, and more than that came. Nothing of it was kept. Go back, and choose a "
        "smaller file or write less."
    )
    return _page(request, 413, _("That is too large"), what % {"most": most_bytes // 1000})


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 where the disk is full, which whoever runs the server can mend. It asks the database for nothing."""
    # Django calls this while it handles the error.
    if disk.note(sys.exc_info()[1]):
        return disk_full(request)
    what = _("That is our fault, not yours. It was written to the log; what you did last may not be saved.")
    return _page(request, 500, _("Something broke"), what)


def disk_full(request: HttpRequest) -> HttpResponse:
    """503: nothing can be kept at the moment."""
    what = _(
        "There is no room left to save anything. What you did last was not saved; whatever was saved before is safe. Whoever "
        "runs this server makes room on its disk; then do it again."
    )
    return _page(request, 503, _("The disk is full"), what)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without the token that we gave out."""
    what = _("This form is too old, or cookies are off in your browser. Go back, reload the page, and send it again.")
    return _page(request, 403, _("The form was not accepted"), what)


def _page(request: HttpRequest, code: int, title: Any, what: Any) -> HttpResponse:
    context = {"code": code, "title": title, "what": what, "way_out": _way_out(request)}
    return render(request, "error.html", context, status=code)


def _way_out(request: HttpRequest) -> str:
    """The first page of the door that somebody stands at: a customer is not led to the sign-in of staff."""
    _, slug, door, *_rest = [*request.path.split("/"), "", ""]
    return f"/{slug}/{door}/" if door in ("portal", "hotspot") else "/"

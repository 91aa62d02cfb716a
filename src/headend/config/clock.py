"""Requests while the clock is not trusted: each looks whether that has changed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from headend.lib import clock
from headend.system import clocks


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Asks the database only while the clock is not trusted."""

    def respond(request: HttpRequest) -> HttpResponse:
        if not clock.judge().is_trusted:
            clocks.look()
        return get_response(request)

    return respond

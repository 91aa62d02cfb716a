"""What a supervisor asks: is the process alive, may it be sent requests?"""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from headend.lib import clock
from headend.system import disk


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers."""
    return _plain("alive")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 where the database answers, has room and every migration; 503 and a word otherwise.

    A clock that is not trusted is named and is no reason to send nobody here: the console says what to do.
    """
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        is_full = not waiting and disk.is_full()
    except DatabaseError:
        return _plain("the database does not answer", 503)
    if waiting:
        return _plain("migrations are not applied", 503)
    if is_full:
        return _plain("the disk is full", 503)
    return _plain("ready" if clock.judge().is_trusted else "ready, but the clock is not trusted: see the console")


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{text}\n", content_type="text/plain", status=status, headers={"Cache-Control": "no-store"})

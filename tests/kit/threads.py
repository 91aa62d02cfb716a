"""Several things done at the same moment, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection

PATIENCE_SECONDS = 60.0


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Does all `acts` at once; for each, in their order, what it returned or the exception that it raised."""
    results: list[Any] = [None] * len(acts)
    barrier = threading.Barrier(len(acts))

    def do(place: int) -> None:
        try:
            # The connection is made before the start, so that the acts meet.
            connection.ensure_connection()
            barrier.wait(PATIENCE_SECONDS)
            results[place] = acts[place]()
        except Exception as error:  # noqa: BLE001 - whatever an act raised is its result
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(place,), daemon=True) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "an act never came to its end"
    return results

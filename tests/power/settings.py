"""The product's own settings, and a database that may be made to forget: `HEADEND_TEST_PRAGMAS` is run on each connection.

Processes of the tests find it by DJANGO_SETTINGS_MODULE. The product has no such knob.
"""

import os
from typing import Any

from django.db.backends.signals import connection_created

from headend.config.settings import *  # noqa: F403 - the product's, whole


def run_pragmas(*, connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        for pragma in os.environ.get("HEADEND_TEST_PRAGMAS", "").split(";"):
            if pragma:
                cursor.execute(f"PRAGMA {pragma}")


connection_created.connect(run_pragmas)

"""What every process does first: loads Django, and refuses to run on an installation that is not whole."""

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import django
from django.core.exceptions import ImproperlyConfigured

from headend.cli.problem import ProblemError
from headend.config import environment

if TYPE_CHECKING:
    from headend.system.engine import Weakness

log = logging.getLogger("headend.start")


def load() -> environment.Environment:
    """Loads Django with the settings of this environment. Raises SettingError and ProblemError."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headend.config.settings")
    present = environment.read()
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise ProblemError(f"The settings cannot be used: {error}") from error
    return present


def ready() -> environment.Environment:
    """Loads Django and checks that keys and database are there, and belong together and to this version."""
    present = environment.read()
    _check_home(present)
    load()
    from django.db import DatabaseError, connections

    try:
        _check_migrations()
        _check_keys()
        _load_clock()
    except DatabaseError as error:
        raise ProblemError(f"The database cannot be used: {_first_line(error)}") from error
    finally:
        connections.close_all()
    return present


def ready_to_serve() -> environment.Environment:
    """The same, for what gives answers that others rely on: the database must keep what was answered."""
    present = ready()
    from django.db import DatabaseError, connections

    try:
        _check_durable(present)
    except DatabaseError as error:
        raise ProblemError(f"The database cannot be used: {_first_line(error)}") from error
    finally:
        connections.close_all()
    return present


def _check_home(present: environment.Environment) -> None:
    if present.keys is None:
        raise ProblemError(
            f"There are no keys in {present.home}. Run `headend init --home {present.home}` for a new installation, "
            f"or put back the {environment.KEYS_FILE} of this one."
        )
    database = Path(environment.database(present)["NAME"])
    if not present.database_url and not database.exists():
        raise ProblemError(f"There is no database {database}. Run `headend init --home {present.home}`.")


def _check_migrations() -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        what = "one change to its tables is" if len(missing) == 1 else f"{len(missing)} changes to its tables are"
        raise ProblemError(
            f"The database is older than this version of Headend: {what} missing. "
            "Run `headend init`; it makes them and leaves everything else as it is."
        )


def _check_keys() -> None:
    from headend.system.sealing import SealingError, check_keys

    try:
        check_keys()
    except SealingError as error:
        raise ProblemError(str(error)) from error


def _load_clock() -> None:
    from headend.system import clocks

    clocks.load()


def _check_durable(present: environment.Environment) -> None:
    """Raises ProblemError for a database that may lose what it acknowledged, unless the environment allows that."""
    from headend.system import engine

    weaknesses = engine.weaknesses()
    if not weaknesses:
        return
    what = ", ".join(f"{weakness.setting} is {weakness.value}" for weakness in weaknesses)
    said = f"The database may forget, in a power cut, payments and usage that were acknowledged: {what}."
    if present.may_forget:
        log.warning("%s HEADEND_MAY_FORGET allows it.", said)
        return
    raise ProblemError(
        f"{said} {_mend(weaknesses)} Where nothing here is worth keeping, HEADEND_MAY_FORGET=1 lets it start as it is."
    )


def _mend(weaknesses: "list[Weakness]") -> str:
    from headend.system import engine

    if engine.is_postgresql():
        lines = "; ".join(f"ALTER SYSTEM SET {weakness.setting} = {weakness.right}" for weakness in weaknesses)
        return (
            f"As superuser of PostgreSQL run: {lines}; SELECT pg_reload_conf(). Where that changes nothing, the setting "
            "was made for the database, for the user, or on the server's command line."
        )
    return "Headend sets both by itself: the home must lie on a disk of this machine, and not on a network drive."


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]

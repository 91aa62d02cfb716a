"""The SQLite backend: write-ahead log, durable commits, and writers that queue at a file lock.

SQLite's own waiting is by sleeping ever longer, so that a busy writer starves the others. Here each write transaction takes
a lock file first (`flock`, which the kernel drops when a process dies), and so each gets its turn.
"""

import errno
import fcntl
import os
import time
from typing import Any, Final

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

WAIT_SECONDS: Final = 20.0
# Between two looks at the lock: the first are quick, since most writers hold it for a few milliseconds.
PAUSES_SECONDS: Final = (0.0002, 0.0005, 0.001, 0.002)

_READS: Final = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "VALUES")
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA foreign_keys = ON;"
    "PRAGMA busy_timeout = 20000;"
    "PRAGMA cache_size = -20000;"
)


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection to the database file; it holds the writers' lock while it writes."""

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        super().__init__(settings_dict, alias)
        self._lock_file: int | None = None
        self._holds_lock = False

    def get_connection_params(self) -> dict[str, Any]:
        parameters = super().get_connection_params()
        self.transaction_mode = "IMMEDIATE"
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        for pragma in _PRAGMAS.split(";"):
            connection.execute(pragma)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        return self.connection.cursor(factory=QueueingCursor.bound_to(self))

    def take_lock(self) -> None:
        """Waits for the writers' turn. Raises OperationalError after WAIT_SECONDS."""
        if self._holds_lock or self.is_in_memory_db():
            return
        if self._lock_file is None:
            self._lock_file = os.open(
                f"{self.settings_dict['NAME']}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
            )
        deadline = time.monotonic() + WAIT_SECONDS
        looks = 0
        while not _try_lock(self._lock_file):
            if time.monotonic() > deadline:
                raise OperationalError("database is locked: another writer held it for 20 seconds")
            time.sleep(PAUSES_SECONDS[min(looks, len(PAUSES_SECONDS) - 1)])
            looks += 1
        self._holds_lock = True

    def drop_lock(self) -> None:
        """Lets the next writer go."""
        if self._holds_lock and self._lock_file is not None:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)
        self._holds_lock = False

    def _start_transaction_under_autocommit(self) -> None:
        self.take_lock()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # the stubs leave Django's own hook out
        except BaseException:
            self.drop_lock()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # the stubs leave Django's own hook out
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self.drop_lock()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # the stubs leave Django's own hook out
        finally:
            self.drop_lock()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # the stubs leave Django's own hook out
        finally:
            self.drop_lock()
            if self._lock_file is not None:
                os.close(self._lock_file)
                self._lock_file = None


class QueueingCursor(base.SQLiteCursorWrapper):
    """A cursor whose writes outside a transaction queue like whole transactions."""

    wrapper: DatabaseWrapper

    @classmethod
    def bound_to(cls, wrapper: DatabaseWrapper) -> Any:
        def make(connection: Any) -> "QueueingCursor":
            cursor = cls(connection)
            cursor.wrapper = wrapper
            return cursor

        return make

    def execute(self, query: str, params: Any = None) -> Any:
        if self._needs_turn(query):
            self.wrapper.take_lock()
            try:
                return super().execute(query, params)
            finally:
                self.wrapper.drop_lock()
        return super().execute(query, params)

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        # Django looks at each sign of the statement; where none is escaped, nothing needs that.
        if param_names is None and "%%" not in query:
            return query.replace("%s", "?")
        return str(super().convert_query(query, param_names=param_names))

    def executemany(self, query: str, param_list: Any) -> Any:
        if self._needs_turn(query):
            self.wrapper.take_lock()
            try:
                return super().executemany(query, param_list)
            finally:
                self.wrapper.drop_lock()
        return super().executemany(query, param_list)

    def _needs_turn(self, query: str) -> bool:
        if self.connection.in_transaction:
            return False
        return query.lstrip(" (\n").split(None, 1)[0].upper() not in _READS


def _try_lock(lock_file: int) -> bool:
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EINTR):
            return False
        raise
    return True

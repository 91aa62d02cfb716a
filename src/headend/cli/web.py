"""`headend web`: the console, by granian."""

import argparse
import os
import signal
import socket
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

from headend.cli import crowd, start
from headend.cli.lifeline import die_with_parent
from headend.cli.problem import ProblemError
from headend.config.environment import split_address
from headend.lib.stopping import stop_signals

THREADS: Final = 4
# SQLite has one writer; a second process would only wait for it.
PROCESSES_ON_SQLITE: Final = 1
PROCESSES_ON_POSTGRESQL: Final = 2
STOP_SECONDS: Final = 5
# For the head of a request to come whole; a connection without a request is closed after it as well.
HEAD_MILLISECONDS: Final = 10_000
HEAD_BYTES: Final = 32_768
BACKLOG: Final = 4096
STAMP: Final = "stamp"


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="headend web", description="Runs the web server until it is told to stop.")
    parser.parse_args(arguments)
    present = start.ready_to_serve()
    host, port = split_address(present.web)
    _check_free(host, port)
    collect_static(present.home / "static")
    from django.db import connections
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels
    from granian.server import Server

    server = Server(
        "headend.config.wsgi:application",
        address=host,
        port=port,
        # Its WSGI waits in a thread for each body; `front` takes bodies in on the event loop.
        interface=Interfaces.ASGINL,
        workers=PROCESSES_ON_POSTGRESQL if present.database_url else PROCESSES_ON_SQLITE,
        # A proxy needs no more, and HTTP/2 has many requests in one connection.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MILLISECONDS, max_buffer_size=HEAD_BYTES),
        websockets=False,
        backlog=BACKLOG,
        backpressure=crowd.room(),
        log_level=LogLevels.warning,
        log_access=False,
        workers_kill_timeout=STOP_SECONDS,
    )
    main_process = os.getpid()

    def load(*_: Any) -> Callable[..., Any]:
        # Its worker would else live on when its main process is killed, and keep the port. Killed, since granian's own way
        # of stopping can hang (its issue 875), and nobody is left who would look after it.
        die_with_parent(main_process, signal.SIGKILL)
        from headend.cli.front import Front
        from headend.config.wsgi import application
        from headend.system import clocks

        clocks.load()
        connections.close_all()
        if not present.https:
            # A proxy's connections are all of one address.
            crowd.watch(port)
        return Front(application, threads=THREADS, is_proxied=present.https)

    if signal.SIGHUP in stop_signals():
        # It would start its workers anew, one after the other.
        server.on_startup(lambda: signal.signal(signal.SIGHUP, server.signal_handler_interrupt))
    else:
        server.on_startup(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    server.serve(target_loader=load)
    return 0


def collect_static(folder: Path) -> None:
    """Puts the files that pages load into `folder`, compressed and named by their content; nothing where none changed."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    fingerprint = blake2b(digest_size=16)
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            fingerprint.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == fingerprint.hexdigest():
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(fingerprint.hexdigest())


def _check_free(host: str, port: int) -> None:
    """Raises ProblemError where somebody listens already: granian would share the port with them."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ProblemError(
            f"{host}:{port} cannot be opened: {error.strerror}. Choose another address with --web HOST:PORT."
        ) from error

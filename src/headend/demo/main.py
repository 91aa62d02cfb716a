"""`headend demo`: makes the home once, then runs everything and a simulated router beside it until it is stopped."""

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, Final

from headend.config import environment, home, ports
from headend.config.environment import SettingError
from headend.demo import claims
from headend.lib.stopping import stop_signals

DEFAULT_HOME: Final = "var/demo"
NAS_ADDRESS: Final = claims.HERE
# The routers of the demo bring about so many customers online.
ONLINE: Final = 40
READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 12.0
PEOPLE_FILE: Final = "demo.json"
ROUTER_FILE: Final = "router.json"
MONEY_FILE: Final = "money.json"


def run(arguments: list[str]) -> int:
    """Runs the demo until SIGTERM or SIGINT. Returns the exit code; says in words what stands in the way."""
    options = _parser().parse_args(arguments)
    os.environ.setdefault("HEADEND_HOME", str(Path(DEFAULT_HOME).absolute()))
    for name, address in (("AUTH", "127.0.0.1:1812"), ("ACCT", "127.0.0.1:1813")):
        os.environ.setdefault(f"HEADEND_{name}", address)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headend.config.settings")
    place = Path(os.environ["HEADEND_HOME"])
    try:
        home.prepare(place)
        settings = environment.read()
        ports.refuse_taken(settings)
    except (SettingError, OSError) as error:
        print(f"headend demo: {error}", file=sys.stderr)
        return 1
    people = _people(place)
    try:
        with claims.claim() as free:
            return _serve(place, settings, people, free, target=options.credentials)
    except OSError as error:
        print(f"headend demo: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="headend demo", description="Runs a demonstration provider with a simulated router."
    )
    parser.add_argument(
        "--credentials", type=Path, metavar="FILE", help="write the logins of the demo to FILE, when all doors answer"
    )
    return parser


def _people(place: Path) -> dict[str, Any]:
    """Who can sign in where; builds the database the first time."""
    import django
    from django.core.management import call_command
    from django.db import transaction

    django.setup()
    from headend.demo import build
    from headend.system.models import Organization

    call_command("migrate", interactive=False, verbosity=0)
    if not Organization.objects.filter(slug=build.SLUG).exists():
        print("Making Baobab Net with 200 customers and three months of history …", flush=True)
        # The passwords are written before the commit: after a crash in between, both are made anew.
        with transaction.atomic():
            made = build.build(nas_address=NAS_ADDRESS, coa_port=claims.FIRST_COA)
            people_text = json.dumps(asdict(made))
            home.write_whole(place / PEOPLE_FILE, people_text)
    people: dict[str, Any] = json.loads((place / PEOPLE_FILE).read_text())
    return people


def _serve(
    place: Path, settings: environment.Environment, people: dict[str, Any], free: claims.Ports, *, target: Path | None
) -> int:
    from headend.demo import logins

    hotspot, money = f"http://{NAS_ADDRESS}:{free.hotspot}", f"http://{NAS_ADDRESS}:{free.money}"
    key = secrets.token_hex(16)
    hilltop = logins.hilltop(coa_port=free.coa, login_host=f"{NAS_ADDRESS}:{free.hotspot}")
    logins.connect_money(hilltop, money, key)
    logins.connect_mail(hilltop, NAS_ADDRESS, free.mail, key)
    router = logins.router(hilltop, settings, coa_port=free.coa, hotspot_port=free.hotspot, most=ONLINE)
    home.write_whole(place / ROUTER_FILE, json.dumps(router))
    home.write_whole(place / MONEY_FILE, json.dumps({"port": free.money, "key": key, "mail_port": free.mail}))
    # The server ends when the demo does, also when that is killed.
    supervised = {**os.environ, "HEADEND_SUPERVISOR": str(os.getpid())}
    processes = [
        subprocess.Popen([sys.executable, "-m", "headend", "serve"], env=supervised),
        subprocess.Popen(
            [sys.executable, "-m", "headend.demo.money", "--config", str(place / MONEY_FILE)], stdout=subprocess.DEVNULL
        ),
    ]
    stopping = _stop_on_signal()
    try:
        if not _wait_until_ready(settings, hilltop.secret, processes[0], stopping):
            return 0 if stopping else 1
        processes.append(
            subprocess.Popen([sys.executable, "-m", "headend.demo.nas", "--config", str(place / ROUTER_FILE)])
        )
        said = logins.credentials(hilltop, settings, people, hotspot=hotspot, money=money)
        if target is not None:
            home.write_whole(target.absolute(), json.dumps(said, indent=1) + "\n")
        _say_where_to_go(said)
        while not stopping and all(process.poll() is None for process in processes):
            time.sleep(0.2)
        return 0 if stopping else 1
    finally:
        _stop(processes)


def _stop_on_signal() -> list[int]:
    stopping: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    for number in stop_signals():
        signal.signal(number, note)
    return stopping


def _wait_until_ready(
    settings: environment.Environment, secret: bytes, server: subprocess.Popen[bytes], stopping: list[int]
) -> bool:
    """Whether all doors answer within READY_SECONDS: the console, and both RADIUS ports to a Status-Server."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and server.poll() is None and not stopping:
        if _web_answers(settings.web) and all(_radius_answers(door, secret) for door in (settings.auth, settings.acct)):
            return True
        time.sleep(0.1)
    if not stopping:
        print("headend demo: the doors did not answer; the lines above say why.", file=sys.stderr)
    return False


def _web_answers(web: str) -> bool:
    from headend.demo import logins

    try:
        with urllib.request.urlopen(f"http://{logins.reachable(web)}/readyz", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _radius_answers(door: str, secret: bytes) -> bool:
    from headend.demo import logins
    from headend.lib.radius.packet import Code, encode_request

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(1)
        try:
            probe.bind((NAS_ADDRESS, 0))
            probe.sendto(
                encode_request(Code.STATUS_SERVER, 1, [], secret), environment.split_address(logins.reachable(door))
            )
            return bool(probe.recv(4096))
        except OSError:
            return False


def _say_where_to_go(said: dict[str, Any]) -> None:
    print(f"\nThe demo is ready: {said['web']}/{said['organization']}/console/\n")
    for entry in said["staff"]:
        print(f"  {entry['role']:9} {entry['email']:26} {entry['password']}")
    other = said["other_organization"]
    print(f"\n  Another organization: {said['web']}/{other['organization']}/console/")
    for entry in other["staff"]:
        print(f"  {entry['role']:9} {entry['email']:26} {entry['password']}")
    print(f"\n  RADIUS {said['auth']} and {said['acct']}, secret {said['nas']['secret']}")
    print(f"  PPPoE  {said['pppoe']['username']}, password {said['pppoe']['password']}")
    print(f"  Voucher {said['voucher']['code']}, password {said['voucher']['password']}")
    print(f"\n  A guest's phone on the Wi-Fi: {said['hotspot']}/")
    print(f"\n  E-mail and SMS that went out: {said['practice_money']}/")
    for entry in said["portal"]:
        print(f"  Portal: {said['web']}/{said['organization']}/portal/  {entry['login']}, password {entry['password']}")
    print("\nStop it with Ctrl-C. These passwords were made for this home and are good for nothing else.\n", flush=True)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

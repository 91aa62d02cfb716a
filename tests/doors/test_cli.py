"""The `headend` command as a person at a terminal meets it: real processes, a home of its own."""

import json
import os
import select
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from headend.config.home import prepare
from tests.kit.installation import FOUNDING, PASSWORD, PATIENCE_SECONDS, ROOT, Home

BOTH_KNOW_OTIENO = """
from tests.kit import world
w = world.make()
from headend.access import plans, subscriptions
from headend.customers import customers
terms = dict(name="Home", connection_type="pppoe", price_minor=1, download_kbps=1, upload_kbps=1, validity_count=1,
             validity_unit="days")
plan = plans.add(organization=w.neighbour, by=None, **terms)
customer = customers.register(organization=w.neighbour, by=None, first_name="Otieno", last_name="Okello", phone="0733000111")
subscriptions.create(customer=customer, plan=plan, username="otieno", password="radius-pass-2", by=None)
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_works(home: Home) -> None:
    done = home.found()

    assert (done.returncode, done.stderr) == (0, "")
    assert "Kilima Net is founded: http://127.0.0.1:8000/kilima-net/console/" in done.stdout
    assert mode(home.folder) == 0o700
    assert mode(home.keys) == 0o600
    assert [path.name for path in home.folder.iterdir() if mode(path) & 0o077] == []
    content = tomllib.loads(home.keys.read_text())
    assert len(content["secret_key"]) >= 50
    assert len(content["keys"]) == 1
    known = home.run("manage", "shell", "-v", "0", "-c", _OWNER)
    assert json.loads(known.stdout) == ["KES", "Africa/Nairobi", "asha@kilima.example", "owner", True, ["Default"]]


_OWNER = f"""
import json
from headend.customers.models import Group
from headend.system.models import Membership
m = Membership.objects.get()
o = m.organization
print(json.dumps([o.currency, o.timezone, m.staff.email, m.role, m.staff.check_password({PASSWORD!r}),
                  [g.name for g in Group.objects.filter(organization=o)]]))
"""


def test_a_second_init_changes_nothing(founded: Home) -> None:
    before = founded.keys.read_bytes()

    for again in (founded.run("init"), founded.found()):
        assert again.returncode == 0
        assert "Organizations: Kilima Net (kilima-net)" in again.stdout

    assert founded.keys.read_bytes() == before


def test_the_password_may_come_from_a_file(bare: Home, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")

    done = bare.run("init", *FOUNDING, "--owner-password-file", str(file))

    assert done.returncode == 0


def test_there_is_no_default_password(bare: Home) -> None:
    done = bare.run("init", *FOUNDING)

    assert done.returncode == 3
    assert done.stderr == (
        "headend init: There is no organization yet. To found one, give --owner-password-file FILE (or --owner-password -).\n"
    )


def test_on_a_terminal_it_asks_for_what_is_missing_and_again_for_what_is_refused(bare: Home) -> None:
    """The password is typed twice and never shown."""
    dialogue = [
        ("Name of the organization: ", "Kilima Net"),
        ("Country, two letters, for example KE: ", "KE"),
        ("E-mail of its owner: ", "asha"),
        ("Name of its owner: ", "Asha"),
        ("Password for the owner, 10 characters or more: ", PASSWORD),
        ("The same again: ", PASSWORD + "x"),
        ("The two are different.\r\nPassword for the owner, 10 characters or more: ", PASSWORD),
        ("The same again: ", PASSWORD),
        ("E-mail of its owner: ", "asha@kilima.example"),
        ("Kilima Net is founded", ""),
    ]
    terminal, end = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "headend", "init"],
        env=bare.environment,
        cwd=ROOT,
        preexec_fn=lambda: os.login_tty(end),  # noqa: PLW1509 - no other thread runs here
    )
    os.close(end)
    seen = ""
    try:
        for expected, answer in dialogue:
            while expected not in seen:
                assert select.select([terminal], [], [], PATIENCE_SECONDS)[0], (
                    f"it never said {expected!r} after {seen!r}"
                )
                seen += os.read(terminal, 1000).decode()
            seen = seen.partition(expected)[2]
            if answer:
                os.write(terminal, f"{answer}\n".encode())
            assert PASSWORD not in seen
        assert process.wait(PATIENCE_SECONDS) == 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)


@pytest.mark.parametrize("weak", ["short", "password12", ""])
def test_a_weak_password_is_refused_and_nothing_is_founded(bare: Home, weak: str) -> None:
    done = bare.run("init", *FOUNDING, "--owner-password", "-", text=weak + "\n")

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "password" in done.stderr
    assert "Organizations:" not in bare.run("init").stdout


def test_a_password_among_the_arguments_is_refused(home: Home) -> None:
    """Everybody on the machine can read the arguments of a process."""
    done = home.run("init", *FOUNDING, "--owner-password", PASSWORD)

    assert done.returncode == 2
    assert not home.folder.exists()


def test_what_is_missing_is_named(bare: Home) -> None:
    done = bare.run("init", "--country", "CD")

    assert done.returncode == 3
    assert "--organization, --timezone, --owner-email, --owner-name" in done.stderr, "Congo has two time zones"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--slug", "api", "cannot be used"),
        ("--currency", "XXL", "not a currency code"),
        ("--timezone", "Mars/Olympus", "names no single time zone"),
        ("--owner-email", "asha", "e-mail"),
        ("--country", "Kenya", "two letters"),
    ],
)
def test_a_refusal_is_said_in_words(bare: Home, option: str, value: str, words: str) -> None:
    defaults = ["--currency", "KES", "--timezone", "Africa/Nairobi"]
    done = bare.run("init", *FOUNDING, *defaults, option, value, "--owner-password", "-", text=PASSWORD)

    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "web", "radius", "worker", "explain x"])
def test_without_keys_nothing_starts(founded: Home, command: str) -> None:
    founded.keys.unlink()

    done = founded.run(*command.split())

    assert done.returncode == 3
    assert f"There are no keys in {founded.folder}" in done.stderr
    assert not founded.keys.exists()


def test_lost_keys_are_never_made_anew(founded: Home) -> None:
    founded.keys.unlink()

    done = founded.run("init")

    assert done.returncode == 3
    assert "keys.toml" in done.stderr
    assert not founded.keys.exists()


def test_other_keys_are_noticed(founded: Home) -> None:
    founded.keys.unlink()
    prepare(founded.folder)

    for command in ("worker", "init"):
        done = founded.run(command)
        assert done.returncode == 3
        assert "which is not in keys.toml" in done.stderr


def test_damaged_keys_are_said_in_words(founded: Home) -> None:
    founded.keys.write_text("secret_key = ")

    done = founded.run("worker")

    assert done.returncode == 3
    assert f"The keys in {founded.keys} are damaged" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_older_database_is_not_used_before_init_brought_it_up_to_date(founded: Home) -> None:
    last_but_one = sorted(path.stem for path in (ROOT / "src/headend/messaging/migrations").glob("0*.py"))[-2]
    assert founded.run("manage", "migrate", "messaging", last_but_one).returncode == 0

    refused = founded.run("worker")

    assert refused.returncode == 3
    assert "Run `headend init`" in refused.stderr
    assert "Database: one change made." in founded.run("init").stdout
    assert founded.run("explain", "nobody").returncode == 2


def test_options_stand_before_or_after_the_command(founded: Home) -> None:
    where = str(founded.folder)
    founded.environment["HEADEND_HOME"] = "/nowhere"

    assert founded.run("explain", "nobody", "--home", where).returncode == 2
    assert founded.run("--home", where, "explain", "nobody").returncode == 2
    assert founded.run("explain", "nobody").returncode == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["web", "--web", "8000"], "'8000' is not HOST:PORT"),
        (["dance"], "there is no command 'dance'"),
        (["serve", "--radius-processes", "0"], "takes a number from 1"),
    ],
)
def test_a_mistyped_command_is_said_in_words(founded: Home, arguments: list[str], words: str) -> None:
    done = founded.run(*arguments)

    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_alone_it_lists_its_commands(home: Home) -> None:
    done = home.run()

    assert done.returncode == 0
    assert all(
        f"\n  {name} " in done.stdout
        for name in ("init", "serve", "web", "radius", "worker", "demo", "explain", "manage")
    )


def test_explain(founded: Home) -> None:
    made = founded.run("manage", "shell", "-c", BOTH_KNOW_OTIENO)
    assert made.returncode == 0, made.stderr

    accepted = founded.run("explain", "otieno", "--organization", "baobab", "--json")
    content = json.loads(accepted.stdout)
    assert (accepted.returncode, content["result"], content["reason"]) == (0, "accepted", None)
    assert {rule["code"]: rule["result"] for rule in content["rules"]}["customer_disabled"] == "pass"

    refused = founded.run("explain", "otieno", "--organization", "acacia")
    assert refused.returncode == 1
    assert "refused, subscription_inactive" in refused.stdout
    assert "NO  subscription_inactive" in refused.stdout

    ambiguous = founded.run("explain", "OTIENO")
    assert ambiguous.returncode == 2
    assert "acacia, baobab" in ambiguous.stdout

    unknown = founded.run("explain", "nobody", "--json")
    assert (unknown.returncode, json.loads(unknown.stdout)["reason"]) == (2, "user_unknown")

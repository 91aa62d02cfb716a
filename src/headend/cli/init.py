"""`headend init`: makes an installation, and brings one that is there up to this version."""

import argparse
import getpass
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from headend.cli import start
from headend.cli.problem import ProblemError
from headend.config import environment, home
from headend.lib import ids, zones

if TYPE_CHECKING:
    from headend.system.models import Organization

HOME_MODE: Final = 0o700

# What founding an organization needs, in the order of asking: the option, and the question on a terminal.
QUESTIONS: Final = {
    "organization": "Name of the organization",
    "slug": "Short name for its addresses",
    "country": "Country, two letters, for example KE",
    "currency": "Currency, three letters",
    "timezone": "Time zone, for example Africa/Nairobi",
    "owner_email": "E-mail of its owner",
    "owner_name": "Name of its owner",
}
# The field that a verb refuses -> the question to ask again.
_FIELDS: Final = {"name": "organization", "email": "owner_email"}


class AnswerError(Exception):
    """An answer cannot be used; `question` is the one to ask again."""

    def __init__(self, question: str, text: str) -> None:
        super().__init__(text)
        self.question = question


def run(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    present = environment.read()
    new_keys = _make_home(present)
    start.load()
    _migrate()
    _check_keys(new_keys)
    from headend.system.models import Organization

    there = list(Organization.objects.order_by("slug"))
    wanted = options.organization and (options.slug or suggest_slug(options.organization))
    if there and (wanted is None or wanted in [organization.slug for organization in there]):
        print("Organizations: " + ", ".join(f"{organization.name} ({organization.slug})" for organization in there))
        return 0
    organization = _found(options)
    print(
        f"{organization.name} is founded: http://{present.web}/{organization.slug}/console/ when `headend serve` runs."
    )
    return 0


def suggest_slug(name: str) -> str:
    """`Łódź Net` as `lodz-net`."""
    return re.sub(r"[^a-z0-9]+", "-", ids.fold(name)).strip("-")[:40].strip("-")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="headend init",
        description="Makes the folder, the keys and the database, and founds the first organization with its owner. "
        "What is missing among the options is asked for on a terminal. It may be repeated: what is there stays, "
        "and the database is brought up to this version.",
    )
    for name, question in QUESTIONS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=question[:1].lower() + question[1:], metavar="...")
    password = parser.add_mutually_exclusive_group()
    password.add_argument(
        "--owner-password-file", type=Path, metavar="FILE", help="the file whose first line is the password"
    )
    password.add_argument("--owner-password", choices=["-"], help="- reads the password from standard input")
    return parser


def _make_home(present: environment.Environment) -> Path | None:
    """Makes the folder and the keys where they are missing; returns the file of keys where it is new."""
    if not present.home.exists():
        present.home.mkdir(parents=True, mode=HOME_MODE)
        print(f"Made {present.home}.")
    if present.keys is not None:
        # They are there, or HEADEND_KEYS holds them.
        return None
    database = present.home / environment.DATABASE_FILE
    if not present.database_url and database.exists():
        raise ProblemError(
            f"{database} is there, but its keys are not. Put the {environment.KEYS_FILE} that belongs to it back into "
            f"{present.home}: without it no customer's password can be read."
        )
    home.prepare(present.home)
    print(
        f"Made {present.keys_path}. Keep a copy in another place: no password in the database can be read without it."
    )
    return present.keys_path


def _migrate() -> None:
    from django.core.management import call_command
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        count = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise ProblemError(f"The database cannot be used: {str(error).splitlines()[0]}") from error
    made = "one change made" if count == 1 else f"{count} changes made"
    print(f"Database: {made}." if count else "Database: up to date.")


def _check_keys(new_keys: Path | None) -> None:
    """Compares the keys with those the database was written with, and writes down the new ones."""
    from headend.system.sealing import SealingError, check_keys, remember_keys

    try:
        check_keys()
    except SealingError as error:
        if new_keys is not None:
            # They belong to nothing, and would stand in the way of the right ones.
            new_keys.unlink()
        raise ProblemError(str(error)) from error
    remember_keys()


def _found(options: argparse.Namespace) -> "Organization":
    """Founds the organization; on a terminal it asks for what is missing, and again for what is refused."""
    from headend.lib.refused import Refused
    from headend.ui import refusals

    answers = {name: getattr(options, name) for name in QUESTIONS}
    answers["password"] = _given_password(options)
    is_terminal = sys.stdin.isatty() and options.owner_password is None
    while True:
        _add_defaults(answers)
        if not is_terminal:
            _check_complete(answers)
        if is_terminal:
            _ask(answers)
        try:
            _check_answers(answers)
            return _found_with(answers)
        except Refused as refusal:
            text, field = str(refusals.TEXTS[refusal.code] % refusal.detail), _FIELDS.get(refusal.field, refusal.field)
        except AnswerError as error:
            text, field = str(error), error.question
        if not is_terminal:
            raise ProblemError(text)
        print(text)
        answers[field] = None


def _given_password(options: argparse.Namespace) -> str | None:
    if options.owner_password_file is not None:
        lines = options.owner_password_file.read_text().splitlines()
        return lines[0] if lines else None
    if options.owner_password == "-":  # noqa: S105 - the sign for standard input
        return sys.stdin.readline().rstrip("\n")
    return None


def _add_defaults(answers: dict[str, Any]) -> None:
    """What follows from other answers: the slug from the name, currency and time zone from the country."""
    if not answers["slug"] and answers["organization"]:
        answers["slug"] = suggest_slug(answers["organization"])
    if not answers["country"]:
        return
    from babel.numbers import get_territory_currencies

    country = answers["country"] = answers["country"].upper()
    currencies = get_territory_currencies(country)
    of_country = zones.of_country(country)
    if not answers["currency"] and len(currencies) == 1:
        answers["currency"] = currencies[0]
    if not answers["timezone"] and len(of_country) == 1:
        answers["timezone"] = of_country[0]


def _ask(answers: dict[str, Any]) -> None:
    for name, question in QUESTIONS.items():
        while not answers[name]:
            answers[name] = input(f"{question}: ").strip() or None
            _add_defaults(answers)
    while not answers["password"]:
        first = getpass.getpass("Password for the owner, 10 characters or more: ")
        if first == getpass.getpass("The same again: "):
            answers["password"] = first
        else:
            print("The two are different.")


def _check_answers(answers: dict[str, Any]) -> None:
    """What the verbs take on trust. Raises AnswerError."""
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    if not re.fullmatch("[A-Z]{2}", answers["country"]):
        raise AnswerError("country", "A country is two letters, for example KE.")
    try:
        validate_email(answers["owner_email"])
    except ValidationError as error:
        raise AnswerError("owner_email", f"The e-mail cannot be used. {' '.join(error.messages)}") from None


def _found_with(answers: dict[str, Any]) -> "Organization":
    from django.db import transaction

    from headend.customers import groups
    from headend.system import organizations, staff
    from headend.system.models import Role

    with transaction.atomic():
        organization = organizations.found(
            slug=answers["slug"],
            name=answers["organization"],
            country=answers["country"],
            currency=answers["currency"].upper(),
            timezone=zones.read(answers["timezone"]) or answers["timezone"],
        )
        groups.add_default(organization=organization)
        staff.register(
            organization=organization,
            email=answers["owner_email"],
            name=answers["owner_name"],
            role=Role.OWNER,
            password=answers["password"],
        )
    return organization


def _check_complete(answers: dict[str, Any]) -> None:
    """Raises ProblemError that names the options which are missing; not those that would follow from another one."""
    missing = [name for name in (*QUESTIONS, "password") if not answers[name]]
    follow = {"slug": "organization", "currency": "country", "timezone": "country"}
    options = [
        "--owner-password-file FILE (or --owner-password -)" if name == "password" else f"--{name.replace('_', '-')}"
        for name in missing
        if follow.get(name) not in missing
    ]
    if options:
        raise ProblemError(f"There is no organization yet. To found one, give {', '.join(options)}.")

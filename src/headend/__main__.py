"""The `headend` command: takes the options that every command knows, puts them into the environment, calls the command."""

import argparse
import importlib
import os
import sys
from typing import Final

from headend.cli.lifeline import die_with_supervisor
from headend.cli.problem import EXIT_STATUS, ProblemError
from headend.config.environment import SettingError, split_address

COMMANDS: Final = {
    "init": "make an installation: its folder, keys, database, first organization and owner",
    "serve": "run web, radius and worker, and start again what dies",
    "web": "run the web server alone",
    "radius": "run the RADIUS server alone",
    "worker": "run the worker alone: it enforces, disconnects and cleans up",
    "demo": "make an installation with made-up customers and a simulated router, and run it",
    "explain": "say rule by rule why a user name may connect or not",
    "audit": "check that money, purchases, vouchers and usage agree with each other",
    "manage": "Django's own management commands",
}
# Nobody else on the machine may read what we write.
UMASK: Final = 0o077


def main() -> int:
    """Runs the command that the program was called with; returns its exit status."""
    options, rest = _options().parse_known_args()
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    command, arguments = rest[0], rest[1:]
    if command not in COMMANDS:
        print(f"headend: there is no command {command!r}.\n\n{_help()}", file=sys.stderr)
        return EXIT_STATUS
    try:
        return _run(command, arguments, options)
    except (ProblemError, SettingError) as problem:
        print(f"headend {command}: {problem}", file=sys.stderr)
    except OSError as error:
        if error.filename is None:
            raise
        print(f"headend {command}: {error.filename}: {error.strerror}", file=sys.stderr)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return EXIT_STATUS


def _run(command: str, arguments: list[str], options: argparse.Namespace) -> int:
    os.umask(UMASK)
    die_with_supervisor()
    _put_into_environment(options)
    # Only now: Django reads its settings from the environment while it is imported.
    module = importlib.import_module(f"headend.cli.{command}")
    status: int = module.run(arguments)
    return status


def _options() -> argparse.ArgumentParser:
    """The options that may stand before or after the command. Help is the command's own."""
    parser = argparse.ArgumentParser(prog="headend", add_help=False, allow_abbrev=False)
    for name in ("home", "web", "auth", "acct"):
        parser.add_argument(f"--{name}")
    return parser


def _put_into_environment(options: argparse.Namespace) -> None:
    for name, value in vars(options).items():
        if value is None:
            continue
        if name != "home":
            split_address(value)
        os.environ[f"HEADEND_{name.upper()}"] = value


def _help() -> str:
    commands = "\n".join(f"  {name:<8}  {purpose}" for name, purpose in COMMANDS.items())
    return f"""Usage: headend COMMAND [OPTIONS]

{commands}

Options of every command, with the environment variable that says the same:
  --home DIR        the folder of the installation             HEADEND_HOME
  --web HOST:PORT   where the console answers                  HEADEND_WEB
  --auth HOST:PORT  where RADIUS answers logins                HEADEND_AUTH
  --acct HOST:PORT  where RADIUS takes usage reports           HEADEND_ACCT

`headend COMMAND --help` says what a command takes."""


if __name__ == "__main__":
    sys.exit(main())

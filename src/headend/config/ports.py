"""Whether the addresses that an installation listens on are free."""

import socket

from headend.config.environment import Environment, SettingError, split_address


def refuse_taken(settings: Environment) -> None:
    """Raises SettingError for an address that somebody listens on already, or that is not of this machine."""
    for option, text, kind in (
        ("--web", settings.web, socket.SOCK_STREAM),
        ("--auth", settings.auth, socket.SOCK_DGRAM),
        ("--acct", settings.acct, socket.SOCK_DGRAM),
    ):
        address = split_address(text)
        with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise SettingError(
                    f"{text} cannot be used ({error.strerror}). Choose another with {option} HOST:PORT."
                ) from error

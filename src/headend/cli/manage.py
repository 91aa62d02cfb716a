"""`headend manage`: Django's management commands, for those who know them."""

import os

from django.core.management import execute_from_command_line


def run(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headend.config.settings")
    execute_from_command_line(["headend manage", *arguments])
    return 0

"""The Django app of the staff console."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "headend.doors.console"
    label = "console"

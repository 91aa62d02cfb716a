"""The Django app of `ui`."""

from django.apps import AppConfig


class UIConfig(AppConfig):
    name = "headend.ui"
    label = "ui"

"""The Django app of `system`."""

from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "headend.system"
    default_auto_field = "django.db.models.BigAutoField"

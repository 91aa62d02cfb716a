"""The Django app of `access`."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "headend.access"
    default_auto_field = "django.db.models.BigAutoField"

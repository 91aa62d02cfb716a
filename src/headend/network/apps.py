"""The Django app of `network`."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "headend.network"
    default_auto_field = "django.db.models.BigAutoField"

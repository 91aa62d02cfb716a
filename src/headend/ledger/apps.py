"""The Django app of `ledger`."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "headend.ledger"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of `billing`."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "headend.billing"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of `customers`."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    name = "headend.customers"
    default_auto_field = "django.db.models.BigAutoField"

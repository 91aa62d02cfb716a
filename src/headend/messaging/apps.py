"""The Django app of `messaging`."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "headend.messaging"
    default_auto_field = "django.db.models.BigAutoField"

"""The Django app of the customers' own pages."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "headend.doors.portal"
    label = "portal"

"""The Django app of the captive door."""

from django.apps import AppConfig


class CaptiveConfig(AppConfig):
    name = "headend.doors.captive"
    label = "captive"

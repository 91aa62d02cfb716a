"""The addresses of the console: each page says its own (`pages.page`), and they are collected here from the wings.

They are nouns; what a DELETE would do is a POST to the noun's `lift/`.
"""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.urls import path

from headend.doors import console
from headend.doors.console.office import join, sign_in
from headend.doors.console.pages import Place

app_name = "console"


def _pages() -> Iterator[tuple[Place, Any]]:
    """Every page of every wing."""
    for wing in pkgutil.iter_modules(console.__path__, f"{console.__name__}."):
        if not wing.ispkg:
            continue
        for module in pkgutil.iter_modules(import_module(wing.name).__path__, f"{wing.name}."):
            for view in vars(import_module(module.name)).values():
                place = getattr(view, "place", None)
                if isinstance(place, Place):
                    yield place, view


urlpatterns = [
    # For whoever is not signed in yet: no pages of the console's shell.
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("join/<str:token>/", join.join, name="join"),
    *(path(place.address, view, name=place.name) for place, view in _pages()),
]

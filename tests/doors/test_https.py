"""What `HEADEND_HTTPS=1` changes: browsers come by HTTPS alone from then on."""

import runpy
from typing import Any

import pytest
from django.test import Client

import headend.config.settings

pytestmark = [pytest.mark.once, pytest.mark.django_db]

YEAR_SECONDS = 31_536_000


@pytest.mark.parametrize(("variable", "told"), [("1", f"max-age={YEAR_SECONDS}"), ("", None)])
def test_browsers_are_told_to_come_by_https_alone(
    monkeypatch: pytest.MonkeyPatch, settings: Any, variable: str, told: str | None
) -> None:
    monkeypatch.setenv("HEADEND_HTTPS", variable)
    made = runpy.run_path(headend.config.settings.__file__)
    settings.SECURE_HSTS_SECONDS = made["SECURE_HSTS_SECONDS"]
    settings.SECURE_PROXY_SSL_HEADER = made["SECURE_PROXY_SSL_HEADER"]

    response = Client().get("/healthz", headers={"X-Forwarded-Proto": "https"})

    assert response.get("Strict-Transport-Security") == told
    assert Client().get("/healthz").get("Strict-Transport-Security") is None

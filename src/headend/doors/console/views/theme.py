"""The stylesheet with an organization's colour, served by hash so that browsers keep it."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from headend.system.models import Organization
from headend.ui.templatetags.show import theme_hash

KEPT_SECONDS: Final = 365 * 24 * 60 * 60


@require_safe
def theme(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """Sets `--accent`, from which all else is derived. Anybody may read it: the sign-in page shows it."""
    organization = get_object_or_404(Organization, slug=slug)
    if digest != theme_hash(organization):
        raise Http404
    return HttpResponse(
        f":root {{ --accent: {organization.accent}; }}\n",
        content_type="text/css",
        headers={"Cache-Control": f"public, max-age={KEPT_SECONDS}, immutable"},
    )

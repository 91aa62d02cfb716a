"""The stylesheet with an organization's colour, and its logo."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from headend.system.models import Logo, Organization
from headend.ui import brand

KEPT_SECONDS: Final = 365 * 24 * 60 * 60


@require_safe
def theme(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The organization's stylesheet; 404 for any but the present one."""
    organization = get_object_or_404(Organization, slug=slug)
    if digest != brand.digest(organization.accent):
        raise Http404
    return _lasting(brand.stylesheet(organization.accent).encode(), "text/css; charset=utf-8")


@require_safe
def logo(request: HttpRequest, slug: str, digest: str, extension: str) -> HttpResponse:
    """The organization's logo; 404 for any but the present one."""
    picture = get_object_or_404(Logo, organization__slug=slug, digest=digest)
    if extension != picture.extension:
        raise Http404
    return _lasting(bytes(picture.content), picture.media_type)


def _lasting(content: bytes, content_type: str) -> HttpResponse:
    headers = {
        "Cache-Control": f"public, max-age={KEPT_SECONDS}, immutable",
        # Somebody else's file is what its type says, and never a page or a script.
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)

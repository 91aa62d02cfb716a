"""What is true of the whole organization."""

from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.doors.console import crud
from headend.doors.console.access import Request, page, url
from headend.doors.console.forms.staff import SettingsForm
from headend.system import logos, organizations
from headend.ui import bodies

# Far more than a logo may have, so that most pictures which are too large are refused beside the field.
_LOGO_FORM_BYTES: Final = 1_000_000


@page(see="settings", do="settings")
@bodies.takes(_LOGO_FORM_BYTES, files=True)
def settings(request: Request) -> HttpResponse:
    """Name, colour, logo, zone and language."""
    organization = request.organization
    fields = [name for name in SettingsForm.base_fields if name not in ("form_token", "logo")]

    def save(form: SettingsForm) -> str:
        # Two verbs and one form: what is refused leaves all of it as it was.
        with transaction.atomic():
            _change_logo(request, form.cleaned_data["logo"])
            organizations.edit(organization=organization, by=request.staff, **form.values())
        crud.toast(request, _("The settings are saved."))
        return url(request, "settings")

    return crud.form_page(
        request,
        SettingsForm,
        title=_("Settings"),
        about=_("What stays: country %(country)s, currency %(currency)s, address /%(slug)s/.")
        % {"country": organization.country, "currency": organization.currency, "slug": organization.slug},
        button=_("Save"),
        back=url(request, "dashboard"),
        initial={name: getattr(organization, name) for name in fields},
        save=save,
    )


def _change_logo(request: Request, sent: "UploadedFile[Any] | bool | None") -> None:
    """A picture takes the place of the present one; False, from the tick, takes that away; nothing changes nothing."""
    if sent is False:
        logos.remove(organization=request.organization, by=request.staff)
    elif isinstance(sent, UploadedFile):
        # No more than what shows that it is too much.
        content = sent.read(logos.BYTES_MOST + 1)
        logos.put(organization=request.organization, content=content, by=request.staff)

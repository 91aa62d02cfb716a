"""What is true of the whole organization."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.doors.console import crud
from headend.doors.console.access import Request, page, url
from headend.doors.console.forms.staff import SettingsForm
from headend.system import organizations


@page(see="settings", do="settings")
def settings(request: Request) -> HttpResponse:
    """Name, colour, zone and language."""
    organization = request.organization
    fields = [name for name in SettingsForm.base_fields if name != "form_token"]

    def save(form: SettingsForm) -> str:
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

"""Where each address leads."""

from django.urls import include, path

from headend.doors.console.office import health, sign_in

urlpatterns = [
    path("", sign_in.start, name="start"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("organizations/", sign_in.choose, name="organizations"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("callbacks/", include("headend.doors.callbacks.urls")),
    path("l/", include("headend.doors.links.urls")),
    path("<slug:slug>/console/", include("headend.doors.console.urls")),
    path("<slug:slug>/brand/", include("headend.doors.brand.urls")),
    path("<slug:slug>/hotspot/", include("headend.doors.captive.urls")),
    path("<slug:slug>/portal/", include("headend.doors.portal.urls")),
]

handler400 = "headend.doors.console.office.errors.bad_request"
handler403 = "headend.doors.console.office.errors.forbidden"
handler404 = "headend.doors.console.office.errors.not_found"
handler500 = "headend.doors.console.office.errors.server_error"

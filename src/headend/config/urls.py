"""Where each address leads."""

from django.urls import include, path

from headend.doors.console.views import health, sign_in

urlpatterns = [
    path("", sign_in.start, name="start"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("organizations/", sign_in.choose, name="organizations"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("<slug:slug>/console/", include("headend.doors.console.urls")),
]

handler400 = "headend.doors.console.views.errors.bad_request"
handler403 = "headend.doors.console.views.errors.forbidden"
handler404 = "headend.doors.console.views.errors.not_found"
handler500 = "headend.doors.console.views.errors.server_error"

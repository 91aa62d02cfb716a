"""The addresses of what an organization looks like. Each names its content, so that browsers keep it for ever."""

from django.urls import path

from headend.doors.brand import views

app_name = "brand"

urlpatterns = [
    path("theme-<slug:digest>.css", views.theme, name="theme"),
    path("logo-<slug:digest>.<slug:extension>", views.logo, name="logo"),
]

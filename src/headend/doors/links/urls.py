"""The addresses that messages lead to."""

from django.urls import path

from headend.doors.links import leaving, views

app_name = "links"

urlpatterns = [
    path("off/<str:token>/", leaving.leave, name="leave"),
    path("<str:code>", views.follow, name="follow"),
]

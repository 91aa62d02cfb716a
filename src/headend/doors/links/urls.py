"""The address of a short address."""

from django.urls import path

from headend.doors.links import views

app_name = "links"

urlpatterns = [path("<str:code>", views.follow, name="follow")]

"""Where providers tell us: an address for each payment alone, and one for each carrier of SMS."""

from django.urls import path

from headend.doors.callbacks import views

app_name = "callbacks"

urlpatterns = [
    path("<slug:kind>/<str:token>/", views.take, name="take"),
    path("sms/<slug:kind>/<str:token>/", views.take_of_carrier, name="take_of_carrier"),
]

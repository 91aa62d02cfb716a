"""Where providers tell us of payments: an address for each payment alone."""

from django.urls import path

from headend.doors.callbacks import views

app_name = "callbacks"

urlpatterns = [path("<slug:kind>/<str:token>/", views.take, name="take")]

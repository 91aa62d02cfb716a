"""The addresses of the captive door."""

from django.urls import path

from headend.doors.captive.views import login, purchases, splash

app_name = "captive"

urlpatterns = [
    path("", splash.splash, name="splash"),
    path("voucher/", splash.code, name="code"),
    path("purchases/", purchases.buy, name="buy"),
    path("purchases/<uuid:uid>/", purchases.purchase, name="purchase"),
    path("purchases/<uuid:uid>/again/", purchases.again, name="again"),
    path("purchases/<uuid:uid>/connect/", login.connect, name="connect"),
    path("online/", login.online, name="online"),
]

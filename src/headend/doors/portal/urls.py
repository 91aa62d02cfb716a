"""The addresses of the portal."""

from django.urls import path

from headend.doors.portal.views import (
    account,
    buy,
    codes,
    dashboard,
    history,
    packages,
    purchases,
    register,
    sign_in,
    top_up,
)

app_name = "portal"

urlpatterns = [
    path("", dashboard.dashboard, name="dashboard"),
    path("register/", register.register, name="register"),
    path("register/code/", register.register_code, name="register_code"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("login/", sign_in.login, name="login"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("code/", codes.code, name="code"),
    path("code/check/", codes.code_check, name="code_check"),
    path("code/mailed/", codes.code_mailed, name="code_mailed"),
    path("password/<str:token>/", codes.password_link, name="password_link"),
    path("buy/", buy.buy, name="buy"),
    path("packages/<int:pk>/next/", packages.begin_next, name="package_next"),
    path("purchases/<uuid:uid>/", purchases.purchase, name="purchase"),
    path("purchases/<uuid:uid>/again/", purchases.again, name="again"),
    path("purchases/<uuid:uid>/waiting/", purchases.waiting, name="purchase_waiting"),
    path("history/", history.history, name="history"),
    path("top-up/", top_up.top_up, name="top_up"),
    path("payments/<uuid:uid>/", top_up.payment, name="payment"),
    path("payments/<uuid:uid>/waiting/", top_up.waiting, name="payment_waiting"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account_password"),
]

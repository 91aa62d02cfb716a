"""Django's settings, made from `config.environment`."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from headend.config import environment

HERE = Path(__file__).resolve().parent.parent
ENVIRONMENT = environment.read()

SECRET_KEY = ENVIRONMENT.keys.secret_key if ENVIRONMENT.keys else ""
KEY_RING = ENVIRONMENT.keys.ring if ENVIRONMENT.keys else ()
DEBUG = False
# Links in messages and addresses for providers are made of this, never of a request.
PUBLIC_URL = ENVIRONMENT.url
ALLOWED_HOSTS = [*ENVIRONMENT.hosts, urlsplit(ENVIRONMENT.url).hostname or "", "127.0.0.1", "localhost", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "headend.system",
    "headend.customers",
    "headend.network",
    "headend.ledger",
    "headend.access",
    "headend.messaging",
    "headend.billing",
    "headend.ui",
    "headend.doors.console",
    "headend.doors.captive",
    "headend.doors.portal",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "headend.config.texts.address_middleware",
    "headend.config.clock.middleware",
    "headend.config.sessions.middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "headend.config.bodies.middleware",
    "headend.config.texts.form_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "headend.config.urls"
WSGI_APPLICATION = "headend.config.wsgi.application"
COTTON_DIR = "components"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Each wing of the console has its templates beside its pages.
        "DIRS": sorted(Path(__file__).parents[1].glob("doors/console/*/templates")),
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django_cotton.cotton_loader.Loader", "django.template.loaders.app_directories.Loader"],
                ),
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "headend.ui.templatetags.show",
                "headend.ui.templatetags.acts",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "headend.ui.forms.Renderer"

DATABASES = {"default": environment.database(ENVIRONMENT)}
# Somebody has said that losing what was acknowledged is no harm here.
MAY_FORGET = ENVIRONMENT.may_forget
# Whoever runs the installation lets its owners name hosts of the server's own network.
MAY_REACH_INSIDE = ENVIRONMENT.may_reach_inside
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "system.Staff"
AUTHENTICATION_BACKENDS = ["headend.system.staff.Backend"]
PASSWORD_HASHERS = ["headend.system.staff.Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

SESSION_COOKIE_NAME = "headend_staff"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENVIRONMENT.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.https else None
# A year, in which browsers come by HTTPS alone; of the names below ours nothing is said.
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if ENVIRONMENT.https else 0
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
# In the session and not in a cookie: what one door says to staff is not shown to a customer at another.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "headend.doors.console.office.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [HERE / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.home / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# A rejection waits so long, so that guessing is slow (RFC 5080 section 2.2.2 advises a delay).
REJECT_DELAY_SECONDS = ENVIRONMENT.reject_seconds

# How large a body may be at all, `config.bodies` decides for each page.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = ["headend.config.bodies.NoFiles"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        # It would write every address that we ask, and some providers want a key in theirs.
        "httpx2": {"level": "WARNING"},
        # Whoever scans the internet asks for other hosts: the answer is 400, and the log stays readable.
        "django.security.DisallowedHost": {"level": "CRITICAL", "propagate": False},
        # So is a form of thousands of fields: nobody here can mend what somebody sends, and its answer says what is wrong.
        "django.security.TooManyFieldsSent": {"level": "CRITICAL", "propagate": False},
        "django.security.TooManyFilesSent": {"level": "CRITICAL", "propagate": False},
    },
}

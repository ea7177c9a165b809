"""All settings, read from the environment here and nowhere else.

.env.example describes them. Any variable may come from a file: NAME_FILE=/run/secrets/name. A
secret has no default; the demo brings its own in `sandbox/demo.env`. `shop/checks/` reports what
is wrong or missing.
"""

from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


def seconds(name: str, default: int) -> timedelta:
    return timedelta(seconds=env.int(name, default=default))


# ------------------------------------------------------------------ the shop
SHOP_NAME = env.str("SHOP_NAME", default="Encore")
DEMO = env.bool("DEMO", default=False)
SITE_URL = env.str("SITE_URL", default="").rstrip("/")
STAFF_EMAIL = env.str("STAFF_EMAIL", default="")
CURRENCY = env.str("CURRENCY", default="eur").lower()
VAT_RATE = env.float("VAT_RATE", default=0.0)
SELLER = {
    "name": env.str("SELLER_NAME", default=""),
    "address": env.str("SELLER_ADDRESS", default=""),
    "vat_number": env.str("SELLER_VAT_NUMBER", default=""),
    "email": env.str("SELLER_EMAIL", default=""),
    "phone": env.str("SELLER_PHONE", default=""),
}
SECURITY_CONTACT = env.list("SECURITY_CONTACT", default=[])
LEGAL_TEXTS_CHECKED_ON = env.str("LEGAL_TEXTS_CHECKED_ON", default="")
DESK_HOURS = env.int("DESK_HOURS", default=24)
DESK_OPEN = env.list("DESK_OPEN", default=[])
DESK_HOLIDAYS = env.list("DESK_HOLIDAYS", default=[])
PAYMENT_METHODS = env.list("PAYMENT_METHODS", default=["card"])

# ------------------------------------------------------------------ Django
SECRET_KEY = env.str("SECRET_KEY", default="")
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
ADMIN_PATH = env.str("ADMIN_PATH", default="admin").strip("/")
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.simple_history",  # templates in place of the next one's
    "simple_history",
    "shop.admin_app.ShopAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "guides",
    "orders",
    "shop",
]
MIDDLEWARE = [
    "shop.http.request_log.RequestLogMiddleware",
    # before all that answers, so that files and error pages have these headers too
    "shop.http.middleware.SafeHeadersMiddleware",
    "shop.http.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "shop.http.health.InternalEndpointsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "shop.http.limits.RateLimitMiddleware",
    "django.middleware.common.CommonMiddleware",
    # before all that looks at cookies, queries or bodies: these change no public page
    "guides.page_cache.PublicPagesMiddleware",
    "shop.http.uploads.BodySizeMiddleware",
    "shop.http.middleware.RejectNulBytesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shop.sign_in.steps.StaffSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",  # who changed a page
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.context.shop",
            ],
        },
    },
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"  # only staff sign in
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# ------------------------------------------------------------------ database
DATABASES = {
    "default": env.db_url("DATABASE_URL", default="sqlite:///" + str(BASE_DIR / "var/db.sqlite3"))
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Without IMMEDIATE, transactions of two processes fail with "database is locked".
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
    )
else:
    # For web processes: a worker has one task at a time, and Celery closes a pool after each.
    DATABASE_POOL = env.int("DATABASE_POOL", default=0)
    DATABASES["default"].update(
        CONN_MAX_AGE=0 if DATABASE_POOL else 60,
        CONN_HEALTH_CHECKS=True,
    )
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        options="-c statement_timeout=15000 -c lock_timeout=5000",
        connect_timeout=5,
    )
    if DATABASE_POOL:
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL,
            "timeout": 5,  # seconds to wait for a connection
            "reconnect_timeout": 5,  # then the next request tries, instead of ever longer pauses
        }

# ------------------------------------------------------------------ words and files
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = ["shop.formats"]
TIME_ZONE = env.str("TIME_ZONE", default="Europe/Berlin")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", default="") or str(BASE_DIR / "static-collected")
# Pages ask for hashed names only; compressing only those halves the time.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Files of other releases too: the content of a hashed name never changes.
WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.\w+$"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ------------------------------------------------------------------ mail
EMAIL_URL = env.str("EMAIL_URL", default="")
vars().update(env.email_url_config(EMAIL_URL or "smtp://localhost:25"))
EMAIL_TIMEOUT = 20  # seconds
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="")
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
MAIL_WEBHOOK_SECRETS = env.list("MAIL_WEBHOOK_SECRET", default=[])
# ANYMAIL_POSTMARK_SERVER_TOKEN is Anymail's POSTMARK_SERVER_TOKEN. Only the provider's own: others
# of Anymail's settings would print addresses.
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): env.str(name)
    for name in {name.removesuffix("_FILE") for name in env.ENVIRON}
    if EMAIL_PROVIDER and name.startswith(f"ANYMAIL_{EMAIL_PROVIDER.upper()}_")
} | {
    "WEBHOOK_SECRET": MAIL_WEBHOOK_SECRETS,
    "REQUESTS_TIMEOUT": (5, EMAIL_TIMEOUT),
    # some providers take no headers or no metadata: better a mail without them than none
    "IGNORE_UNSUPPORTED_FEATURES": True,
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ------------------------------------------------------------------ Stripe
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRET", default=[])
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_LIVE = env.bool("STRIPE_LIVE", default=False)
STRIPE_TAX = env.bool("STRIPE_TAX", default=False)
STRIPE_API_VERSION = "2026-10-28.endive"  # of stripe 16.1; a test compares

# ------------------------------------------------------------------ the supplier of codes
PELOCK_API_KEY = env.str("PELOCK_API_KEY", default="")
PELOCK_API_URL = env.str(
    "PELOCK_API_URL", default="https://www.pelock.com/api/radio-code-calculator/v1"
)

# ------------------------------------------------------------------ keys
CODE_KEYS = env.list("CODE_KEYS", default=[])
HASH_KEYS = env.list("HASH_KEYS", default=[])

# ------------------------------------------------------------------ backups
# public keys of age; each of them opens every backup, and this machine opens none
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])
BACKUP_DIR = env.str("BACKUP_DIR", default="")
BACKUPS_KEPT_DAYS = env.int("BACKUPS_KEPT_DAYS", default=14)

# ------------------------------------------------------------------ Celery
# Messages only name rows: the database is the queue.
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True  # and no result backend: rows hold the results
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_TASK_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Celery would close the database's connection around each task. shop/celery.py keeps it as Django
# does around requests.
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_TASK_DEFAULT_QUEUE = "orders"
CELERY_TASK_ROUTES = {
    "orders.tasks.send_email": {"queue": "mail"},
    "orders.tasks.mail_alert": {"queue": "mail"},
    "orders.tasks.mail_message_answer": {"queue": "mail"},
    "orders.tasks.read_label": {"queue": "photos"},
    "orders.tasks.sweep": {"queue": "sweep"},
    "orders.tasks.reconcile": {"queue": "sweep"},
    "orders.tasks.check_invariants": {"queue": "sweep"},
    "orders.tasks.apply_retention": {"queue": "sweep"},
    "orders.tasks.write_figures": {"queue": "sweep"},
    "orders.tasks.import_codes": {"queue": "sweep"},  # it may last, and codes must not wait
}
# Without timeouts a publish to a frozen Redis hangs for ever. One second, since a customer may be
# waiting; shop/celery.py gives workers more.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
    # The sweep makes up for a lost message, and a customer may be waiting. (A worker that lost its
    # broker goes on trying all the same.)
    "max_retries": 0,
}

# ------------------------------------------------------------------ logs
# Of the shop and of Django. Libraries log warnings only: below, some print what is asked and sent.
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", default="plain" if DEMO or DEBUG else "json").lower()
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "shop.observability.logs.MaskingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s%(context)s",
        },
        "json": {"()": "shop.observability.logs.JsonFormatter"},
    },
    "filters": {"client_errors": {"()": "shop.observability.logs.DowngradeClientErrors"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if LOG_FORMAT == "plain" else "json",
        }
    },
    "root": {
        "handlers": ["console"],
        "level": LOG_LEVEL if LOG_LEVEL in ("ERROR", "CRITICAL") else "WARNING",
    },
    "loggers": {
        "guides": {"level": LOG_LEVEL},
        "orders": {"level": LOG_LEVEL},
        "shop": {"level": LOG_LEVEL},
        # Django's own handlers would print without the mask
        "django": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        "django.server": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        # at DEBUG it prints a page's whole context for each missing name
        "django.template": {"level": "WARNING"},
        "axes": {"level": "ERROR"},  # shop/sign_in/attempts.py logs instead, without addresses
        # the demo waits for its line that a process is ready
        "shop.start": {"level": "INFO"},
        **{
            f"django.security.{kind}": {"filters": ["client_errors"]}
            for kind in (
                "DisallowedHost",
                "NulByteError",
                "RequestDataTooBig",
                "SuspiciousMultipartForm",
                "TooManyFieldsSent",
                "TooManyFilesSent",
            )
        },
    },
}

# ------------------------------------------------------------------ metrics and error reports
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])
SENTRY_DSN = env.str("SENTRY_DSN", default="")

# ------------------------------------------------------------------ times, which tests shorten
SUPPLIER_READ_LASTS = seconds("SUPPLIER_READ_LASTS", 10)
SUPPLIER_LASTS = seconds("SUPPLIER_LASTS", 25)
CIRCUIT_LASTS = seconds("CIRCUIT_LASTS", 60)
SWEEP_EVERY = seconds("SWEEP_EVERY", 30)
CLAIM_LASTS = seconds("CLAIM_LASTS", 180)  # longer than the hard time limit of a task
BACKOFF_FIRST = seconds("BACKOFF_FIRST", 30)
BACKOFF_MOST = seconds("BACKOFF_MOST", 3600)
PAYMENT_SYNC_EVERY = seconds("PAYMENT_SYNC_EVERY", 120)
DELAYED_SYNC_EVERY = seconds("DELAYED_SYNC_EVERY", 3600)
PAYMENT_DUE_LASTS = seconds("PAYMENT_DUE_LASTS", 3 * 24 * 3600)
HOLD_LASTS = seconds("HOLD_LASTS", 6 * 24 * 3600)
HOLD_MARGIN = seconds("HOLD_MARGIN", 24 * 3600)

# ------------------------------------------------------------------ how long things are kept
# orders/privacy/retention.py deletes; the privacy page says the same
UPLOADS_KEPT_DAYS = env.int("UPLOADS_KEPT_DAYS", default=90)
UNPAID_KEPT_DAYS = env.int("UNPAID_KEPT_DAYS", default=30)
ORDERS_KEPT_DAYS = env.int("ORDERS_KEPT_DAYS", default=1095)
PROOF_KEPT_DAYS = env.int("PROOF_KEPT_DAYS", default=180)
EVENTS_KEPT_DAYS = 90  # Stripe's, and settled alerts; the comparison with Stripe needs 30
BLOCKS_KEPT_DAYS = env.int("BLOCKS_KEPT_DAYS", default=1095)
STAFF_LOG_KEPT_DAYS = env.int("STAFF_LOG_KEPT_DAYS", default=1095)
RECEIPTS_KEPT_YEARS = env.int("RECEIPTS_KEPT_YEARS", default=10)

# ------------------------------------------------------------------ uploads
UPLOAD_MOST_MB = 10  # of a photo, or a list of codes
# Files stay in memory: neither photo nor list is ever written to disk. Three photos and their form.
FILE_UPLOAD_MAX_MEMORY_SIZE = (3 * UPLOAD_MOST_MB + 1) * 2**20
FILE_UPLOAD_HANDLERS = [
    "shop.http.uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
]

# ------------------------------------------------------------------ limits against abuse
# by kind of request: see shop/http/limits.py
REQUESTS_PER_MINUTE = {
    "pages": 600,  # home, guides and the rest, for each web process
    "searches": 90,  # one for each word that is typed
    "serials": 60,  # checks while a serial is typed
    "forms": 60,  # order forms, opened and sent
    "orders": 120,  # pages of orders, receipts
    "status": 1200,  # polled by pages of orders that wait, each second at first
    "finds": 10,  # links to be mailed again, messages
    "sign_ins": 10,  # passwords and numbers of staff, for all names
} | {
    kind: int(number) if number.isdecimal() else 0
    for kind, number in env.dict("REQUESTS_PER_MINUTE", default={}).items()
}
ORDERS_PER_ADDRESS_HOUR = env.int("ORDERS_PER_ADDRESS_HOUR", default=60)
VELOCITY_SERIALS = env.int("VELOCITY_SERIALS", default=3)

CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "orders.tasks.sweep",
        "schedule": SWEEP_EVERY,
        "options": {"expires": SWEEP_EVERY.total_seconds(), "queue": "sweep"},
    },
    # At fixed times, as beat keeps nothing in a file: a restart must not delay these.
    "reconcile hourly": {
        "task": "orders.tasks.reconcile",
        "args": (3,),
        "schedule": crontab(minute="17"),
        "options": {"expires": 3600, "queue": "sweep"},
    },
    "reconcile nightly": {
        "task": "orders.tasks.reconcile",
        "args": (30,),
        "schedule": crontab(hour="3", minute="41"),
        "options": {"expires": 3600, "queue": "sweep"},
    },
    "apply retention": {
        "task": "orders.tasks.apply_retention",
        "schedule": crontab(hour="2", minute="53"),
        "options": {"expires": 3600, "queue": "sweep"},
    },
    "write figures": {
        "task": "orders.tasks.write_figures",
        "schedule": crontab(hour="1", minute="47"),
        "options": {"expires": 3600, "queue": "sweep"},
    },
    "check invariants": {
        "task": "orders.tasks.check_invariants",
        "schedule": crontab(hour="4", minute="23"),
        "options": {"expires": 3600, "queue": "sweep"},
    },
}
# In memory: rows hold what is due, so beat needs no file.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"

# ------------------------------------------------------------------ signing in, of staff
REQUIRE_SECOND_FACTOR = env.bool("REQUIRE_SECOND_FACTOR", default=not (DEMO or DEBUG))
OTP_TOTP_ISSUER = SHOP_NAME
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AXES_HANDLER = "shop.sign_in.attempts.AttemptHandler"
AXES_USERNAME_CALLABLE = "shop.sign_in.attempts.username"
AXES_CLIENT_IP_CALLABLE = "shop.sign_in.attempts.client_network"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # tries while locked do not lengthen it
AXES_DISABLE_ACCESS_LOG = True  # our own log has the sign-ins
AXES_ENABLE_ADMIN = False  # shop/admin.py has a list for superusers
AXES_VERBOSE = False
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "next", "csrfmiddlewaretoken"]
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # its middleware: the sign-in page shows a lock itself
    *env.list("SILENCED_SYSTEM_CHECKS", default=[]),
]
STAFF_IDLE_LASTS = seconds("STAFF_IDLE_LASTS", 3600)
SESSION_COOKIE_AGE = int(STAFF_IDLE_LASTS.total_seconds())

# ------------------------------------------------------------------ security
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
HTTPS = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz/|readyz/|metrics)$"]  # see shop/http/health.py
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # forms bring the token, no script
# Browsers take `__Host-` from this host only, over TLS: other subdomains cannot set such a cookie.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
LAST_ORDER_COOKIE_NAME = "__Host-last_order" if HTTPS else "last_order"
CSRF_FAILURE_VIEW = "shop.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL else []
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# Beside those of Django and django-csp, where the view sets none of its own.
SAFE_HEADERS = {
    # only answers that say for how long may be cached
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    # the shop only needs the clipboard, for the copy button
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
            "encrypted-media", "fullscreen", "geolocation", "gyroscope", "magnetometer",
            "microphone", "midi", "payment", "screen-wake-lock",
            "serial", "usb", "xr-spatial-tracking",
        )
    ),
}  # fmt: skip
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        # else browsers do not follow the order form's redirect to the payment page
        "form-action": [SELF, "https://checkout.stripe.com", STRIPE_API_BASE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
# Below the admin: Unfold has inline styles, fonts of its own, and Alpine.js, which evaluates code.
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": [NONE],
    "style-src": [SELF, UNSAFE_INLINE],
    "script-src": [SELF, UNSAFE_EVAL],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
}

# ------------------------------------------------------------------ the admin's look
# The colours of shop/static/shop/site.css: low numbers of "base" are the light theme's, high ones
# the dark theme's; the one accent is the amber of the display.
UNFOLD = {
    "SITE_TITLE": SHOP_NAME,
    "SITE_HEADER": SHOP_NAME,
    "SITE_SYMBOL": "radio",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("shop/favicon.svg")}
    ],
    "STYLES": [lambda _: static("shop/admin.css")],
    "SCRIPTS": [lambda _: static("shop/admin.js")],
    "ENVIRONMENT": "shop.admin.environment",
    "DASHBOARD_CALLBACK": "orders.admin.overview.dashboard",
    "SIDEBAR": {"navigation": "shop.admin.navigation"},
    "LOGIN": {"form": "shop.sign_in.forms.SignInForm"},
    "ACCOUNT": {"navigation": "shop.admin.account"},
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "base": {
            "50": "#fbf8f2", "100": "#f4efe5", "200": "#e2dacb", "300": "#d3cabb",
            "400": "#a9a294", "500": "#716858", "600": "#4f493e", "700": "#2a3345",
            "800": "#1c2536", "900": "#0f1521", "950": "#0b1019",
        },
        "primary": {
            "50": "#fff8ea", "100": "#fdf0d8", "200": "#fbe3b8", "300": "#ffd596",
            "400": "#ffc163", "500": "#ffb238", "600": "#8a4200", "700": "#803608",
            "800": "#6b2d07", "900": "#4a2006", "950": "#231d14",
        },
    },
}  # fmt: skip

"""What the environment decides, and what we decided; `.env.example` explains the variables."""

import django_stubs_ext
from kombu import Queue

from config import environment as env
from config import theme
from config.api.settings import *  # noqa: F403  # the API's share
from config.environment import BASE_DIR
from config.logs import logging_config
from config.servers import addresses, data_directory

env.read_dotenv()
# Before any admin is imported: Django's classes name their model in brackets, as mypy reads them.
django_stubs_ext.monkeypatch()

# Who asks, and where things are

DATA_DIR = data_directory()
_servers = addresses(DATA_DIR)
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY", "") or env.kept_secret(DATA_DIR / "secret_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")

# Django

INSTALLED_APPS = [
    "unfold",  # before the admin, whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_results",
    "config",
    "events",
    "orders",
    "payments",
    "inventory",
    "shipping",
    "notifications",
    "sagas",
]
MIDDLEWARE = [
    "config.api.tracing.request_ids",
    "config.api.addresses.without_nul",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.api.tracing.actors",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
LOGGING = logging_config(env.text("LOG_FORMAT", "auto"))
# Whose address asked is a personal value.
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# As config.api.tracing lets it pass: the log names a request as its answer does.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

# Served from the apps' own folders, so that nothing has to be collected first.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# PostgreSQL

DATABASES = {"default": env.database(_servers.database_url)}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    **DATABASES["default"].get("OPTIONS", {}),
    # Statements are parsed and planned once a connection: 40 % of PostgreSQL's time.
    "server_side_binding": True,
    "prepare_threshold": 2,
}
if env.flag("DATABASE_POOL", default=False):
    # Where threads come and go (the web): a connection would be lost with its thread.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 20, "timeout": 5}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = None

# Redis and Celery: they carry wake-ups, PostgreSQL knows what is to be done

REDIS_URL = _servers.redis_url
REDIS_PREFIX = env.text("REDIS_PREFIX", "saga:")

# How many lanes each group has; a group is also the name of the queue that wakes its drainers.
EVENTS_LANE_GROUPS = {"default": 8}

CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": REDIS_PREFIX,
    "visibility_timeout": 180,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 5
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_QUEUES = [Queue(group) for group in EVENTS_LANE_GROUPS]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 15
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_DB_REUSE_MAX = 1000
# Only jobs that an operator starts keep a result.
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_TRACK_STARTED = True
CELERY_BEAT_SCHEDULE = {
    # A sweep that could not be carried in time is worth nothing: the next one sees the same rows.
    "sweep": {"task": "events.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
    "forget-old-requests": {
        "task": "config.forget_old_requests",
        "schedule": 600.0,
        "options": {"expires": 600.0},
    },
}

# The outer world

SANDBOX_TIMEOUT = env.seconds("SANDBOX_TIMEOUT", 2)
vars().update(env.mail(env.text("EMAIL_URL", f"filemail:///{DATA_DIR / 'mail'}")))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "orders@localhost")

# Admin

UNFOLD = theme.UNFOLD
LOGIN_REDIRECT_URL = "admin:index"

"""The web's entry, for uvicorn: `config.asgi:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Under ASGI a request's thread ends with the request: its connection has to come from a pool.
os.environ.setdefault("DATABASE_POOL", "true")

from django.core.asgi import get_asgi_application

application = get_asgi_application()

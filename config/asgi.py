"""The web's entry, for uvicorn: `config.asgi:application`."""

import os
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Under ASGI a request's thread ends with the request: its connection has to come from a pool.
os.environ.setdefault("DATABASE_POOL", "true")
# WhiteNoise answers with plain iterators; what it serves is small enough to be read at once.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

from django.core.asgi import get_asgi_application  # noqa: E402  # the environment comes first

django = get_asgi_application()

from config.api.limits import bounded  # noqa: E402  # needs Django's apps

application = bounded(django)

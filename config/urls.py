"""Which address leads where?"""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config.api.health import healthz, readyz

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path("healthz", healthz),
    path("readyz", readyz),
    path("", include("config.api.urls")),
]

handler400 = "config.api.problems.bad_request"
handler403 = "config.api.problems.forbidden"
handler404 = "config.api.problems.not_found"
handler500 = "config.api.problems.server_error"

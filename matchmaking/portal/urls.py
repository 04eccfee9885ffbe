"""Routes of the portal."""

from django.urls import path

from matchmaking.portal import views
from matchmaking.portal.history import views as history
from matchmaking.portal.vocabularies import views as vocabularies

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("history/", history.history_list, name="history"),
    path("history/export/", history.history_export, name="history_export"),
    path("vocabularies/", vocabularies.vocabulary_list, name="vocabulary_list"),
    path("vocabularies/<slug:code>/", vocabularies.vocabulary_detail, name="vocabulary_detail"),
    path("vocabularies/<slug:code>/download/", vocabularies.vocabulary_download, name="vocabulary_download"),
    path("vocabularies/<slug:code>/import/", vocabularies.vocabulary_import, name="vocabulary_import"),
    path("vocabularies/<slug:code>/<int:pk>/retire/", vocabularies.code_retire, name="code_retire"),
    path("vocabularies/<slug:code>/<int:pk>/restore/", vocabularies.code_restore, name="code_restore"),
    path("vocabularies/<slug:code>/<int:pk>/map/", vocabularies.code_map, name="code_map"),
]

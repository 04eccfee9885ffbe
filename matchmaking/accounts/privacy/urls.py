"""Routes of one's own data."""

from django.urls import path

from matchmaking.accounts.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.my_data, name="my_data"),
    path("shown/", views.ledger, name="ledger"),
    path("consents/", views.consent_list, name="consent_list"),
    path("consents/<int:pk>/withdraw/", views.consent_withdraw, name="consent_withdraw"),
    path("consents/<int:pk>/narrow/", views.consent_narrow, name="consent_narrow"),
    path("automatic/", views.automatic, name="automatic"),
    path("copies/", views.copy_ask, name="copy_ask"),
    path("copies/<uuid:uuid>/", views.copy_download, name="copy_download"),
    path("corrections/", views.correction_list, name="correction_list"),
    path("corrections/<uuid:uuid>/", views.correction_detail, name="correction_detail"),
    path("corrections/ask/<slug:room>/<uuid:uuid>/", views.correction_ask, name="correction_ask"),
    path("close/", views.close, name="close"),
    path("closed/", views.closed, name="closed"),
    path("rules/", views.rules, name="rules"),
]

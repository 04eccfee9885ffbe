"""Routes of accounts."""

from django.urls import path

from matchmaking.accounts.invitations import views as invitations
from matchmaking.accounts.mandates import views as mandates
from matchmaking.accounts.outreach import views as outreach
from matchmaking.accounts.roster import views as roster
from matchmaking.accounts.views import directory, leaving, organisations, roles, sessions, tokens
from matchmaking.accounts.yearly import views as yearly

app_name = "accounts"
urlpatterns = [
    path("", directory.organisation_list, name="organisation_list"),
    path("switch/", directory.switch_organisation, name="switch_organisation"),
    path("profile/", directory.profile, name="profile"),
    path("tokens/", tokens.token_list, name="token_list"),
    path("tokens/<slug:key>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("sessions/<int:pk>/end/", sessions.session_end, name="session_end"),
    path("signed-in/", sessions.signed_in_list, name="signed_in_list"),
    path("signed-in/<uuid:uuid>/end/", sessions.person_sign_out, name="person_sign_out"),
    path("demo/<int:pk>/", directory.demo_sign_in, name="demo_sign_in"),
    path("roles/", roles.role_list, name="role_list"),
    path("roles/<slug:role>/", roles.role_detail, name="role_detail"),
    path("confirmation/", yearly.role_confirmation, name="role_confirmation"),
    path("invitations/answer/", invitations.invitation_answer, name="invitation_answer"),
    path("invitations/open/<str:token>/", invitations.invitation_open, name="invitation_open"),
    path("invitations/<uuid:uuid>/revoke/", invitations.invitation_revoke, name="invitation_revoke"),
    path("outreach/", outreach.outreach_list, name="outreach_list"),
    path("outreach/<uuid:uuid>/", outreach.outreach_detail, name="outreach_detail"),
    path("outreach/open/<str:token>/", outreach.outreach_open, name="outreach_open"),
    path("mandates/", mandates.mandate_list, name="mandate_list"),
    path("mandates/<uuid:uuid>/", mandates.mandate_detail, name="mandate_detail"),
    path("<uuid:uuid>/mandate/", mandates.mandate_offer, name="mandate_offer"),
    path("apply/", organisations.organisation_create, name="organisation_create"),
    path("enter/", organisations.organisation_enter, name="organisation_enter"),
    path("review/", organisations.organisation_review, name="organisation_review"),
    path("review/verify/", organisations.organisation_verify_many, name="organisation_verify_many"),
    path("<uuid:uuid>/", directory.organisation_detail, name="organisation_detail"),
    path("<uuid:uuid>/edit/", organisations.organisation_edit, name="organisation_edit"),
    path("<uuid:uuid>/verify/", organisations.organisation_verify, name="organisation_verify"),
    path("<uuid:uuid>/credential/", organisations.organisation_credential, name="organisation_credential"),
    path("<uuid:uuid>/freeze/", leaving.organisation_freeze, name="organisation_freeze"),
    path("memberships/<int:pk>/leave/", leaving.membership_leave, name="membership_leave"),
    path("<uuid:uuid>/roster/", roster.roster_list, name="roster_list"),
    path("<uuid:uuid>/roster/add/", roster.roster_add, name="roster_add"),
    path("roster/<uuid:uuid>/", roster.roster_edit, name="roster_edit"),
    path("<uuid:uuid>/people/invite/", invitations.person_invite, name="person_invite"),
    path("<uuid:uuid>/people/<int:pk>/end/", leaving.person_end, name="person_end"),
]

"""Who signs in how: accounts, second factor, sessions, lock-out, passwords, single sign-on. See docs/sign-in.md."""

from typing import Any

import environ

from matchmaking.settings.passwords import profile
from matchmaking.settings.single_sign_on import providers_from

_env = environ.Env()

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses whoever is locked out, before a password is looked at
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"

# --- Accounts ---------------------------------------------------------------------------------------------------
SIGN_UP_OPEN = _env.bool("SIGN_UP_OPEN", default=True)  # without it accounts come by invitation only
ACCOUNT_ADAPTER = "matchmaking.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_REDIRECT_URL = "accounts:organisation_create"
ACCOUNT_FORMS = {
    "login": "matchmaking.accounts.sign_in.forms.SignInForm",
    "signup": "matchmaking.accounts.sign_in.forms.SignUpForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[同题] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True  # one address for each account; the old one stays until the new one is confirmed
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_USER_DISPLAY = "matchmaking.accounts.adapter.user_display"
ACCOUNT_LOGOUT_REDIRECT_URL = "portal:home"
USERSESSIONS_ADAPTER = "matchmaking.accounts.sign_in.sessions.SessionsAdapter"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600  # seconds
# For the wrong password django-axes counts; allauth counts wrong codes of the second factor under this name.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/5m/key,30/d/key"}

# --- Second factor, for everybody whose role decides or administers (accounts/roles.py) ------------------------
MFA_ADAPTER = "matchmaking.accounts.sign_in.second_factor.SecondFactorAdapter"
MFA_FORMS = {"activate_totp": "matchmaking.accounts.sign_in.forms.SetUpCodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "同题 Tongti"
MFA_TOTP_TOLERANCE = 0  # a code counts in its own half minute only, which is as long as a used one is remembered
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True

# --- Lock-out: counted for each account and network of the asker, in PostgreSQL ----------------------------------
AXES_HANDLER = "matchmaking.accounts.sign_in.lockout.LockoutHandler"
AXES_LOCKOUT_CALLABLE = "matchmaking.accounts.sign_in.lockout.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "matchmaking.accounts.sign_in.lockout.network_of"
AXES_USERNAME_CALLABLE = "matchmaking.accounts.sign_in.lockout.account_of"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 24  # hours for which a failure is remembered; how long one waits, lockout.py says
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # the history tells who signed in
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "login", "csrfmiddlewaretoken"]

# --- Passwords ----------------------------------------------------------------------------------------------------
PASSWORD_PROFILE = _env.str("PASSWORD_PROFILE", default="") or "asvs"
PASSWORD_DAYS, SESSION_IDLE_SECONDS, AUTH_PASSWORD_VALIDATORS = profile(PASSWORD_PROFILE)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

# --- Single sign-on: OpenID Connect and SAML by configuration -------------------------------------------------------
SOCIALACCOUNT_ADAPTER = "matchmaking.accounts.sign_in.single_sign_on.SingleSignOnAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
SINGLE_SIGN_ON: dict[str, Any]
SOCIALACCOUNT_PROVIDERS, SINGLE_SIGN_ON = providers_from(_env.str("SSO_PROVIDERS", default=""))

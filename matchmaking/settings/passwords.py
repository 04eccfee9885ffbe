"""Two profiles of passwords. Pure: read by the settings themselves.

ASVS 5.0 (V6.2) wants long passwords and forbids rules of composition and periodic change; 等保 (GB/T 22239, 8.1.4.1)
asks for both. Who runs the portal chooses one by PASSWORD_PROFILE.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

_DJANGO = "django.contrib.auth.password_validation."
_OURS = "matchmaking.accounts.sign_in.passwords."
_ALWAYS: list[dict[str, Any]] = [
    {"NAME": _DJANGO + "CommonPasswordValidator"},
    {"NAME": _DJANGO + "UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("username", "email", "full_name")}},
    {"NAME": _OURS + "ContextWordsValidator"},
    {"NAME": _OURS + "GreatestLengthValidator"},
]  # fmt: skip
PROFILES: dict[str, tuple[int | None, int | None, list[dict[str, Any]]]] = {
    "asvs": (None, None, [{"NAME": _OURS + "LeastLengthValidator", "OPTIONS": {"min_length": 12}}, *_ALWAYS]),
    "djcp": (
        90,
        15 * 60,
        [
            {"NAME": _OURS + "LeastLengthValidator", "OPTIONS": {"min_length": 10}},
            {"NAME": _OURS + "ThreeOfFourClassesValidator"},
            {"NAME": _OURS + "NotOneOfTheLastValidator", "OPTIONS": {"count": 5}},
            *_ALWAYS,
        ],
    ),
}


def profile(name: str) -> tuple[int | None, int | None, list[dict[str, Any]]]:
    """Return (days after which a password is changed, seconds without an act that end a session, validators)."""
    if name not in PROFILES:
        raise ImproperlyConfigured(f"PASSWORD_PROFILE is one of {', '.join(PROFILES)}, not {name!r}.")
    return PROFILES[name]

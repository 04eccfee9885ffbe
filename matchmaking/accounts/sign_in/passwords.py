"""Rules for passwords beside Django's own; `settings/passwords.py` says which profile asks for which."""

import re
import unicodedata
from typing import Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Words that anybody would try first here (ASVS 5.0, V6.2.11).
CONTEXT_WORDS = ("tongti", "同题", "portal", "matchmaking", "university", "enterprise", "password", "admin", "大学",
                 "企业", "专项行动", "工信", "教育部", "产学研")  # fmt: skip
LEFT_BESIDE = 8  # characters that must be left when those words are taken out
_CLASSES = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())


class ContextWordsValidator:
    """Refuses a password that is little more than words of this portal or the person's own name or address."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = unicodedata.normalize("NFKC", password).lower()
        for word in (*CONTEXT_WORDS, *_own_words(user)):
            rest = rest.replace(word, "")
        if len(rest) < LEFT_BESIDE:
            raise ValidationError(
                _("The password is little more than words of this portal or your own name."), code="context_words"
            )

    def get_help_text(self) -> str:
        return _("Do not build it from the words of this portal or your own name.")


def _own_words(user: Any) -> list[str]:
    texts = [str(getattr(user, name, "") or "") for name in ("username", "email", "full_name")]
    parts = {part for text in texts for part in re.split(r"[\W_]+", text.lower()) if len(part) >= 3}
    return sorted(parts, key=len, reverse=True)


class LeastLengthValidator(MinimumLengthValidator):
    """Django's, in our words: its own are not there in Chinese."""

    def get_error_message(self) -> str:
        return self.get_help_text()

    def get_help_text(self) -> str:
        return _("At least %(count)d characters.") % {"count": self.min_length}


class GreatestLengthValidator:
    """Refuses what is longer than anybody remembers: hashing it would only cost time."""

    def __init__(self, max_length: int = 256) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > self.max_length:
            raise ValidationError(self.get_help_text(), code="password_too_long")

    def get_help_text(self) -> str:
        return _("At most %(count)d characters.") % {"count": self.max_length}


class ThreeOfFourClassesValidator:
    """等保: three of lower case, upper case, digits and signs."""

    def validate(self, password: str, user: Any = None) -> None:
        if sum(any(map(belongs, password)) for belongs in _CLASSES) < 3:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        return _("Use at least three of these: small letters, capital letters, digits, other signs.")


class NotOneOfTheLastValidator:
    """等保: none of the person's last passwords. Their hashes are kept only where this rule is in force."""

    def __init__(self, count: int = 5) -> None:
        self.count = count

    def validate(self, password: str, user: Any = None) -> None:
        if user is None or user.pk is None:
            return
        kept = user.past_passwords.order_by("-pk").values_list("hash", flat=True)[: self.count]
        if any(check_password(password, one) for one in {user.password, *kept}):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def password_changed(self, password: str, user: Any = None) -> None:
        """Django calls this after the person was saved with a new password."""
        if user is None or user.pk is None or not user.has_usable_password():
            return
        user.past_passwords.create(hash=user.password)
        kept = user.past_passwords.order_by("-pk").values_list("pk", flat=True)[: self.count]
        user.past_passwords.exclude(pk__in=list(kept)).delete()

    def get_help_text(self) -> str:
        return _("None of your last %(count)d passwords.") % {"count": self.count}

"""The one door to cryptography: authenticated encryption of contact data at field level, and digests of the history.

`EncryptedJSONField` keeps a JSON value as one Fernet token. Keys stand in `settings.FIELD_KEYS`, newest first: the
first encrypts, all decrypt, so that a key is changed by putting a new one in front and saving again.
"""

import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@lru_cache(maxsize=1)
def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])


class UnreadableSecret(Exception):
    """A stored value cannot be decrypted with any of the configured keys."""


def seal(text: str) -> str:
    """Encrypt a text that is stored among others (a cell of an uploaded workbook)."""
    return _box().encrypt(text.encode()).decode("ascii")


def unseal(token: str) -> str:
    """Return the text of `seal`. Raises UnreadableSecret."""
    try:
        return _box().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret("sealed text") from error


DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {"sha256": hashes.SHA256, "sm3": hashes.SM3}  # both of 32 bytes


def digest(data: bytes, method: str) -> str:
    """The digest of some bytes as 64 hexadecimal digits. Raises ImproperlyConfigured for a method that is not there."""
    try:
        computed = hashes.Hash(DIGESTS[method]())
    except KeyError:
        raise ImproperlyConfigured(f"{method!r} is no digest; HISTORY_DIGEST is one of {', '.join(DIGESTS)}.") from None
    except UnsupportedAlgorithm as error:
        raise ImproperlyConfigured(
            f"The OpenSSL of this installation offers no {method}; set HISTORY_DIGEST=sha256."
        ) from error
    computed.update(data)
    return computed.finalize().hex()


class EncryptedJSONField(models.BinaryField):
    """A JSON value that the database only ever sees encrypted. It cannot be filtered or searched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if value is None:
            return None
        try:
            return json.loads(_box().decrypt(bytes(value)))
        except InvalidToken as error:
            raise UnreadableSecret(self.name) from error

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        token = _box().encrypt(json.dumps(value, ensure_ascii=False, sort_keys=True).encode())
        return super().get_db_prep_value(token, connection, prepared)

    def value_to_string(self, obj: models.Model) -> str:
        raise TypeError("encrypted fields are not serialised")

"""Form fields that people fill in words or in 万元, and the record stores as lists or fen."""

import re
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from matchmaking.accounts.models import Organisation
from matchmaking.accounts.services import find_organisation
from matchmaking.common.fields import NumberField, TextField
from matchmaking.common.formats import WAN_FEN

_SEPARATORS = re.compile(r"[,，;；、\s]+")
KEYWORD_LENGTH = 40
MOST_KEYWORDS = 30


class KeywordsField(TextField):
    """Keywords split at commas, semicolons, enumeration commas (Chinese or Western) and blanks; each kept once."""

    def prepare_value(self, value: Any) -> Any:
        return "，".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        words = [word for word in _SEPARATORS.split(super().to_python(value) or "") if word]
        return list(dict.fromkeys(words))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > MOST_KEYWORDS:
            raise ValidationError(_("These are too many keywords."))
        for word in value:
            if len(word) > KEYWORD_LENGTH:
                raise ValidationError(
                    _("“%(word)s” is longer than %(n)s characters."), params={"word": word, "n": KEYWORD_LENGTH}
                )

    def run_validators(self, value: Any) -> None:
        """The length of the whole text does not matter."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)

    def api_field(self) -> serializers.Field:
        return serializers.ListField(child=serializers.CharField(max_length=200), required=False, max_length=200)

    def from_api(self, value: list[str]) -> str:
        return "，".join(value)


class WanYuanField(NumberField):
    """An amount typed in 万元, to the fen; cleaned to whole fen."""

    default_error_messages = {"invalid": _("Enter an amount in 10,000 yuan, for example 12.5.")}

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"min_value": 0, "max_value": 99_999_999, "decimal_places": 6, "max_digits": 14, **kwargs}
        super().__init__(**kwargs)
        self.widget.attrs["data-suffix"] = _("10,000 yuan")

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            return f"{(Decimal(value) / WAN_FEN).normalize():f}"
        return value

    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else int(amount * WAN_FEN)

    def api_field(self) -> serializers.Field:
        """Programs give whole fen, as the record stores them."""
        words: dict[str, Any] = {"help_text": f"{self.label} (fen)", "required": False, "allow_null": True}
        return serializers.IntegerField(min_value=0, max_value=99_999_999 * WAN_FEN, **words)

    def from_api(self, value: int) -> str:
        return f"{Decimal(value) / WAN_FEN:f}"


class OrganisationNameField(TextField):
    """A registered organisation by its name or an alias, cleaned to the organisation; suggests while one types."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        suggestions = {"list": "organisation-options", "data-suggest": reverse_lazy("catalog:organisation_options")}
        self.widget.attrs |= {**suggestions, "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return value.name if isinstance(value, Organisation) else value

    def clean(self, value: Any) -> Organisation | None:
        name = super().clean(value)
        if not name:
            return None
        found = find_organisation(name)
        if found is None:
            raise ValidationError(
                _("No organisation of the name “%(name)s” is registered. Pick one from the list."),
                params={"name": name},
            )
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

"""The fields every form is made of: text without invisible characters, numbers and days as people type them.

Forms take these instead of Django's fields of the same kind; a test looks through all forms of the project.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.common.reading import read_day, read_number, shortened, visible_text


class TextField(forms.CharField):
    """Text; invisible and direction-turning characters are taken out, and what is left empty is empty."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(visible_text(value) if isinstance(value, str) else value)


class MailField(forms.EmailField):
    """An e-mail address, full-width or not."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(
            unicodedata.normalize("NFKC", visible_text(value)) if isinstance(value, str) else value
        )


class _OneSentence(forms.Field):
    """Says one thing about a value: a number of 30 digits is too large, and nothing else."""

    def run_validators(self, value: Any) -> None:
        try:
            super().run_validators(value)
        except ValidationError as error:
            raise ValidationError(error.error_list[:1]) from None


class NumberField(_OneSentence, forms.DecimalField):
    """A number: １２．５, 1,000. A text box, because a number box hides what it cannot read and steps on scrolling."""

    widget = forms.TextInput
    default_error_messages = {
        "invalid": _("“%(text)s” is not a number."),
        "max_digits": _("At most %(max)s digits are possible."),
        "max_decimal_places": _("At most %(max)s digits after the decimal point are possible."),
        "max_whole_digits": _("At most %(max)s digits before the decimal point are possible."),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # so it is in Django itself
        return _number(self, value)


class WholeNumberField(_OneSentence, forms.IntegerField):
    """A whole number: １２, 1,000."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("“%(text)s” is not a whole number.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "numeric")

    def to_python(self, value: Any) -> int | None:
        number = _number(self, value)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise _not_read(self, value)
        return int(number)


def _number(field: forms.Field, value: Any) -> Decimal | None:
    text = "" if value is None else visible_text(str(value)).strip()
    try:
        return read_number(text) if text else None
    except ValueError:
        raise _not_read(field, value) from None


def _not_read(field: forms.Field, value: Any) -> ValidationError:
    return ValidationError(field.error_messages["invalid"], code="invalid", params={"text": shortened(str(value))})


class DayField(forms.DateField):
    """A day: the browser's picker, or 2026年3月1日, 2026/3/1, ２０２６-０３-０１ where it is typed."""

    widget = forms.DateInput

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = visible_text(value).strip()
        if value in self.empty_values:
            return None
        if isinstance(value, datetime | date):
            return super().to_python(value)
        try:
            return read_day(str(value))
        except ValidationError as error:
            hint = gettext("Write year, month and day, for example: 2026-03-05")
            raise ValidationError(f"{error.messages[0]} {hint}", code=error.code) from None

    def prepare_value(self, value: Any) -> Any:
        """The picker shows ISO only; what was typed otherwise must not vanish when the page comes back."""
        if not isinstance(value, str):
            return value
        try:
            return self.to_python(value)
        except ValidationError:
            return value


class RowSet(BaseFormSet):
    """A set of rows with sentences of our own about their number."""

    default_error_messages = {
        "missing_management_form": _("The rows of this form did not arrive completely. Please reload the page."),
        "too_many_forms": _("At most %(num)d rows are possible. Please remove some."),
        "too_few_forms": _("At least %(num)d rows are needed."),
    }

"""Form rendering: any Django form comes out as finished, accessible Tabler markup.

`settings.FORM_RENDERER` names `TablerRenderer`. It sets the templates of forms, formsets and fields, and the bound
field that gives every widget its class, its browser type and its hints. Forms need no rendering code of their own.
"""

from pathlib import Path
from typing import Any

import django.forms
from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.utils.functional import cached_property
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

# Short fields need no counter: a name of 40 characters is never too long by surprise.
COUNTED_FROM = 60
# What Django gives a textarea when nobody has chosen: too tall for a page of ten fields.
DJANGO_ROWS = "10"
SELECT_TEMPLATE = "django/forms/widgets/select.html"
OPTION_TEMPLATE = "django/forms/widgets/select_option.html"


class TablerBoundField(BoundField):
    """Knows the class, the HTML type and the character limit of its widget."""

    @property
    def kind(self) -> str:
        """Which shape the field template gives: check, options, file or control."""
        widget = self.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "check"
        if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
            return "options"
        if isinstance(widget, forms.FileInput):
            return "file"
        return "control"

    @property
    def limit(self) -> int | None:
        """The number of characters to count towards, for text that may grow long."""
        widget = self.field.widget
        if not isinstance(widget, forms.Textarea) and getattr(widget, "input_type", "") != "text":
            return None
        longest = getattr(self.field, "max_length", None)
        return longest if longest and longest >= COUNTED_FROM else None

    @property
    def suffix(self) -> str:
        """The unit shown behind the input, from the widget attribute `data-suffix`."""
        return self.field.widget.attrs.get("data-suffix", "")

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        if widget.is_hidden:
            return attrs
        use_browser_types(widget)
        self._name_pair(widget)
        if self.field.required and not attrs.get("required") and self.kind != "options":
            attrs["aria-required"] = "true"
        if isinstance(widget, forms.Textarea) and widget.attrs.get("rows") == DJANGO_ROWS:
            attrs["rows"] = "4"
        own = f"{widget.attrs.get('class', '')} {attrs.get('class', '')}".split()
        attrs["class"] = " ".join(dict.fromkeys([*own, *widget_classes(widget, invalid=bool(self.errors))]))
        if self.limit:
            attrs["data-limit"] = str(self.limit)
            attrs["aria-describedby"] = f"{attrs.get('aria-describedby', '')} {self.auto_id}_count".strip()
        return attrs

    def _name_pair(self, widget: forms.Widget) -> None:
        """Give the two inputs of a range their own names for screen readers."""
        parts = getattr(widget, "widgets", [])
        if len(parts) == 2:
            for part, words in zip(parts, (_("from"), _("to")), strict=True):
                part.attrs.setdefault("aria-label", f"{self.label} {words}")

    def as_widget(  # type: ignore[override]  # the stubs forget the arguments of Django itself
        self, widget: forms.Widget | None = None, attrs: dict[str, Any] | None = None, only_initial: bool = False
    ) -> SafeString:
        chosen = widget or self.field.widget
        if self.limit:
            # The browser would cut pasted text without a word; the counter warns and the server says it.
            chosen.attrs.pop("maxlength", None)
        return super().as_widget(chosen, attrs, only_initial)


def widget_classes(widget: forms.Widget, *, invalid: bool) -> list[str]:
    """Return the Tabler classes of a widget."""
    if isinstance(widget, forms.CheckboxInput):
        classes = ["form-check-input"]
    elif isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return ["form-options"]
    elif isinstance(widget, forms.Select):
        classes = ["form-select"]
    else:
        classes = ["form-control"]
    return [*classes, "is-invalid"] if invalid else classes


def use_browser_types(widget: forms.Widget) -> None:
    """Turn plain date and time inputs into the browser's own pickers, which read and write ISO only."""
    pickers = ((forms.DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"), (forms.DateInput, "date", "%Y-%m-%d"))
    for part in getattr(widget, "widgets", [widget]):
        for kind, html_type, iso in pickers:
            if isinstance(part, kind) and part.input_type in ("text", html_type):
                part.input_type, part.format = html_type, iso
                break


def _is_plain(widget: dict[str, Any]) -> bool:
    return all(
        option["template_name"] == OPTION_TEMPLATE for _name, group, _at in widget["optgroups"] for option in group
    )


def select_markup(widget: dict[str, Any]) -> SafeString:
    """The markup of Django's select template for the same widget, escaped in the same way."""
    parts = ["<select", _attribute("name", widget["name"]), _attributes(widget["attrs"]), ">"]
    for name, group, _at in widget["optgroups"]:
        parts.append(f"<optgroup{_attribute('label', name)}>" if name else "")
        for option in group:
            head = f"<option{_attribute('value', option['value'])}{_attributes(option['attrs'])}>"
            parts += ["\n", head, conditional_escape(option["label"]), "</option>"]
        parts.append("</optgroup>" if name else "")
    return mark_safe("".join([*parts, "\n</select>"]))  # noqa: S308  every value has gone through conditional_escape


def _attributes(attrs: dict[str, Any]) -> str:
    found = [(name, value) for name, value in attrs.items() if value is not False]
    return "".join(
        f" {conditional_escape(name)}" if value is True else _attribute(name, value) for name, value in found
    )


def _attribute(name: str, value: Any) -> str:
    return f' {conditional_escape(name)}="{conditional_escape(str(value))}"'


class TablerRenderer(DjangoTemplates):
    """Renders forms from the project's templates, and whatever they do not override from Django's own."""

    form_template_name = "django/forms/form.html"
    formset_template_name = "django/forms/formset.html"
    field_template_name = "django/forms/field.html"
    bound_field_class = TablerBoundField

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        """Plain selects are written without a template: one per option took two thirds of the time of a list page."""
        if template_name == SELECT_TEMPLATE and _is_plain(context["widget"]):
            return select_markup(context["widget"])
        return super().render(template_name, context, request)

    @cached_property
    def engine(self) -> Any:
        project: dict[str, Any] = settings.TEMPLATES[0]
        own = Path(django.forms.__file__).parent / "templates"
        return self.backend(
            {
                "APP_DIRS": True,
                "DIRS": [*project["DIRS"], own],
                "NAME": "tongti-forms",
                "OPTIONS": {"builtins": project["OPTIONS"]["builtins"]},
            }
        )

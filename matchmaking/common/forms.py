"""Form rendering."""

from django.forms.renderers import TemplatesSetting


class TablerRenderer(TemplatesSetting):
    """Renders forms from the project's templates."""

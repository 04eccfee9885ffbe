"""Code tables, regions and the words for them."""

from django.apps import AppConfig


class VocabulariesConfig(AppConfig):
    name = "matchmaking.vocabularies"

    def ready(self) -> None:
        from matchmaking.common import labels
        from matchmaking.vocabularies import selectors  # models are loaded only now

        labels.register(selectors.label, selectors.labels)

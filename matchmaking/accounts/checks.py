"""The demonstration never runs with production settings: one click signs anybody in as anybody there."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from matchmaking.settings.guard import exposed


@register("security")
def demonstration_stays_private(app_configs: Any, **kwargs: Any) -> list[Error]:
    if not settings.EMBEDDED:
        return []
    return [Error(sentence, id="tongti.E010")
            for sentence in exposed(settings.ALLOWED_HOSTS, settings.DATABASES["default"].get("HOST", ""))]  # fmt: skip


@register("security")
def sample_people_stay_in_the_demonstration(app_configs: Any, **kwargs: Any) -> list[Error]:
    if not settings.SAMPLE_SIGN_IN or settings.EMBEDDED:
        return []
    return [Error("SAMPLE_SIGN_IN lets fictional people in without a second factor; it needs TONGTI_EMBEDDED.",
                  id="tongti.E011")]  # fmt: skip

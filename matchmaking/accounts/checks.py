"""The demonstration never runs with production settings, and personal data flow under a record that says why."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Warning, register  # noqa: A004 (the name is Django's)

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


@register("security", deploy=True)
def flows_are_assessed(app_configs: Any, **kwargs: Any) -> list[Warning]:
    from matchmaking.accounts.privacy.assessments import lacking  # reads every model

    return [
        Warning(
            f"The flow {flow.code!r} of personal data runs without the number of its impact assessment (PIPL 55).",
            hint="Add it to PRIVACY_ASSESSMENTS, see docs/personal-data.md.", id="tongti.W012",
        )
        for flow in lacking()
    ]  # fmt: skip

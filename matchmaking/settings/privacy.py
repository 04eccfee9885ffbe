"""Impact assessments of personal data (PIPL 55 and 56): the operator makes and keeps them; here stand their numbers."""

import re

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()
ASSESSED_FLOWS = ("automated", "publish", "provide", "sensitive")
_NUMBER = re.compile(r"[\w.()（）〔〕\[\]/-]{1,60}")


def assessments_from(text: str) -> dict[str, str]:
    """{flow: number of its record} of “automated=PIA-2026-1, publish=PIA-2026-2”.

    Raises ImproperlyConfigured with a sentence that names the part.
    """
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        flow, _equals, number = (one.strip() for one in part.partition("="))
        if flow not in ASSESSED_FLOWS or flow in found:
            raise ImproperlyConfigured(f"PRIVACY_ASSESSMENTS: {flow!r} stands twice, or is none of "
                                       f"{', '.join(ASSESSED_FLOWS)}.")  # fmt: skip
        if not _NUMBER.fullmatch(number):
            raise ImproperlyConfigured(f"PRIVACY_ASSESSMENTS: {flow} needs the number of its record, not {number!r}.")
        found[flow] = number
    return found


# A demonstration has fictional people only, and says so with its numbers.
_DEMO = ",".join(f"{flow}=DEMO-PIA-{number}" for number, flow in enumerate(ASSESSED_FLOWS, start=1))
PRIVACY_ASSESSMENTS = assessments_from(
    _env.str("PRIVACY_ASSESSMENTS", default=_DEMO if _env.bool("TONGTI_EMBEDDED", default=False) else "")
)

"""The need clinic: beside the form while the owner writes, and over a stored need for those who check or broker it."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from matchmaking.accounts.models import Organisation
from matchmaking.common.access import access
from matchmaking.matching import clinic, clinic_words
from matchmaking.programmes.models import Visibility
from needs import rules
from needs.clinic import identity
from needs.clinic.consulting import Findings, consult
from needs.completeness import indicator_values, values_of
from needs.forms import NeedSheet
from needs.models import NeedBody
from needs.sections import anchor_of, label_of
from needs.views.loading import enterprise_of, load

TRACES = {
    identity.OWNER: _("name of the enterprise"),
    identity.PARK: _("name of a park"),
    identity.PLACE: _("name of a place"),
    identity.PRODUCT_AND_PLACE: _("product and place together"),
    identity.RANK: _("a rank that few enterprises hold"),
    identity.PHONE: _("telephone or account"),
    identity.MAIL: _("e-mail address"),
    identity.ADDRESS: _("web address"),
}


@require_POST
@access("need.edit")
def draft(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    """The clinic over the posted form, of a new need or of one of the person's own; nothing is saved."""
    if uuid is None:
        owner, region = enterprise_of(request), None
    else:
        need = load(request, uuid)
        if not rules.owns(request.user, need):
            raise PermissionDenied
        owner = (
            NeedBody.objects.readable_by(request.user)
            .select_related("owner__region", "owner__park")
            .get(need=need)
            .owner
        )
        region = need.region_id
    values, rows = NeedSheet(request.POST, owner=owner).written()
    context = _context(values, rows, owner, region=region or owner.region_id, owner_key=_key(owner))
    return render(request, "matchmaking/matching/_clinic.html", context | {"live": request.path, "writing": True})


@require_safe
@access("need.edit", "need.rewrite")
def stored(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The clinic over the stored text, for its owner and for those who may propose another wording."""
    need = load(request, uuid)
    bodies = NeedBody.objects.readable_by(request.user).select_related("owner__region", "owner__park")
    body = get_object_or_404(bodies.prefetch_related("indicators"), need=need)
    rewriting = rules.can_propose_rewrite(request.user, need)
    if not (rewriting or rules.owns(request.user, need)):
        raise PermissionDenied
    known = NeedBody.objects.owner_known_to(request.user).filter(need=need).exists()
    rows = indicator_values(sorted(body.indicators.all(), key=lambda row: row.position))
    context = _context(values_of(need, body), rows, body.owner if known else None, region=need.region_id,
                       owner_key=_key(body.owner))  # fmt: skip
    context |= {
        "need": need,
        "live": request.get_full_path(),
        "rewriting": rewriting and request.GET.get("only") != "look",  # the page of the rewrite itself only looks
        "writing": False,
    }
    return render(request, "matchmaking/matching/_clinic_panel.html", context)


def _key(owner: Organisation) -> str:
    return owner.uscc or str(owner.pk)


def _context(
    values: dict[str, Any],
    rows: list[dict[str, Any]],
    owner: Organisation | None,
    *,
    region: str | None,
    owner_key: str,
) -> dict[str, Any]:
    findings = consult(values, rows, owner=owner)
    outlook = clinic.look(values, rows, findings, region=region, owner=owner_key)
    title, traces = findings.title, _by_sentence(findings)
    return {
        "findings": findings,
        "hidden": values["visibility"] == Visibility.HIDDEN_OWNER,
        "outlook": outlook,
        "said": clinic_words.said(outlook),
        "elements": [{"element": one, "anchor": anchor_of(one.field)} for one in findings.elements],
        "traces": traces,
        "warnings": sum(map(bool, (traces, findings.secrets, title.differs or title.says_nothing))),
        "secrets": [{"label": label_of(field), "anchor": anchor_of(field), "sentence": sentence}
                    for field, sentence in findings.secrets.items()],
    }  # fmt: skip


def _by_sentence(findings: Findings) -> list[dict[str, Any]]:
    """The traces of the owner, one line a sentence with all that it gives away."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for trace in findings.traces:
        new = {"label": label_of(trace.field), "anchor": anchor_of(trace.field), "sentence": trace.sentence}
        line = lines.setdefault((trace.field, trace.sentence), new | {"kinds": [], "marks": []})
        line["marks"].append((trace.start, trace.end))
        line["kinds"] += [TRACES[trace.kind]] * (TRACES[trace.kind] not in line["kinds"])
    return list(lines.values())

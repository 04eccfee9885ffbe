"""Enterprise demand lists: what their history and their notifications say."""

from importlib import import_module

from django.apps import AppConfig
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from matchmaking.activity import labels
from matchmaking.notifications.kinds import Many, register_kind


class NeedsConfig(AppConfig):
    name = "needs"

    def ready(self) -> None:
        from needs import desk, freshness, privacy
        from needs.duplicates import kind as duplicates
        from needs.enums import NeedState  # the app registry is loaded by now
        from needs.talent import labels as talent  # as above

        labels.register("need", verbs=VERBS, states=NeedState)
        for name, (subject, body) in NOTIFICATIONS.items():
            many = Many(*MANY[name]) if name in MANY else None
            register_kind(name, subject=subject, body=body, params=("need",), many=many)
        desk.register()
        privacy.register()
        duplicates.register()
        freshness.register()
        talent.register()
        # Only a jobs.py or an importing beside apps.py is found by itself.
        import_module("needs.talent.jobs")
        import_module("needs.talent.importing")


VERBS = {
    "need.created": _("need written"),
    "need.taken_back": _("taken back with the upload that made it"),
    "need.edited": _("need changed"),
    "need.file_added": _("file added to the need"),
    "need.file_described": _("file of the need described anew"),
    "need.file_removed": _("file of the need removed"),
    "need.submitted": _("need submitted"),
    "need.checked": _("need passed by the park"),
    "need.returned": _("need returned for correction"),
    "need.rejected": _("need rejected"),
    "need.published": _("need published"),
    "need.matching": _("need being matched"),
    "need.docking": _("talks about the need begun"),
    "need.contracted": _("need under contract"),
    "need.solved": _("need solved"),
    "need.withdrawn": _("need withdrawn by its owner"),
    "need.expired": _("need expired"),
    "need.prolonged": _("closing date of the need moved"),
    "need.rewrite_proposed": _("another wording of the need proposed"),
    "need.reopened": _("need taken up again"),
    "need.change_proposed": _("change of the published need proposed"),
    "need.change_passed": _("change passed"),
    "need.change_returned": _("change returned"),
    "need.change_withdrawn": _("change withdrawn"),
    "need.linked": _("marked as the same challenge as another need"),
    "need.unlinked": _("no longer marked as the same challenge"),
    "need.appealed": _("appeal against the rejection"),
    "need.appeal_upheld": _("appeal upheld"),
    "need.appeal_dismissed": _("appeal dismissed"),
}
# What an act on many needs says once: subject, text, and the list where they are found.
MANY = {
    "need_to_check": (
        _("%(count)s technical needs await your check"),
        _("They came to you together, and all of them stand in your queue: %(count)s."),
        reverse_lazy("needs:need_review"),
    ),
    "need_published": (
        _("%(count)s of your technical needs are published"),
        _("They were published together and are being matched: %(count)s. Candidates appear on their pages."),
        reverse_lazy("needs:need_mine"),
    ),
}
NOTIFICATIONS = {
    "need_to_check": (
        _("Technical need %(need)s awaits your check"),
        _("Technical need %(need)s has been submitted and awaits your check."),
    ),
    "need_returned": (
        _("Technical need %(need)s was returned"),
        _("Technical need %(need)s was returned for correction. The notes stand at the fields of the form."),
    ),
    "need_rewrite_proposed": (
        _("Another wording of %(need)s is proposed"),
        _("Another wording of your technical need %(need)s is proposed. Take it over sentence by sentence or not."),
    ),
    "need_rewrite_answered": (
        _("Your wording of %(need)s has been answered"),
        _("The enterprise has answered every sentence that you proposed for the technical need %(need)s."),
    ),
    "need_rejected": (
        _("Technical need %(need)s was rejected"),
        _("Technical need %(need)s was rejected. The reason stands on its page."),
    ),
    "need_published": (
        _("Technical need %(need)s is published"),
        _("Technical need %(need)s is published and is being matched. Candidates appear on its page."),
    ),
    "need_change_to_check": (
        _("A change of the published need %(need)s awaits your check"),
        _("The owner of technical need %(need)s proposes a change. The former text stays published until you pass it."),
    ),
    "need_change_passed": (
        _("Your change of technical need %(need)s is live"),
        _("The change of technical need %(need)s was passed; the need is being matched again."),
    ),
    "need_change_returned": (
        _("Your change of technical need %(need)s was returned"),
        _("The change of technical need %(need)s was returned. The notes stand at the fields of the form; the former "
          "text stays published."),
    ),
    "need_linked": (
        _("Technical need %(need)s was marked as a challenge that was filed twice"),
        _("An officer found that technical need %(need)s and another need are the same challenge. Both stay with their "
          "owners and are matched as before; the lists show one of them."),
    ),
    "need_unlinked": (
        _("Technical need %(need)s stands for itself again"),
        _("The mark that technical need %(need)s is the same challenge as another one was taken back."),
    ),
    "need_expired": (
        _("Technical need %(need)s has expired"),
        _("The closing date of technical need %(need)s has passed. Set a new date on its page to publish it again."),
    ),
}  # fmt: skip

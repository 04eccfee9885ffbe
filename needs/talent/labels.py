"""What the history and the notifications of talent posts say."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from matchmaking.activity import labels
from matchmaking.notifications.kinds import Many, register_kind
from needs.talent import desk
from needs.talent.enums import PostState
from needs.talent.rules import KIND

VERBS = {
    "post.created": _("post written"),
    "post.edited": _("post changed"),
    "talent_post.file_added": _("file added to the post"),
    "talent_post.file_described": _("file of the post described anew"),
    "talent_post.file_removed": _("file of the post removed"),
    "post.change_proposed": _("change of the published post proposed"),
    "post.change_passed": _("change passed"),
    "post.change_returned": _("change returned"),
    "post.change_withdrawn": _("change withdrawn"),
    "post.appealed": _("appeal against the rejection"),
    "post.appeal_upheld": _("appeal upheld"),
    "post.appeal_dismissed": _("appeal dismissed"),
    "post.submitted": _("post submitted"),
    "post.returned": _("post returned for correction"),
    "post.rejected": _("post rejected"),
    "post.published": _("post published"),
    "post.filled": _("people found for the post"),
    "post.withdrawn": _("post withdrawn by its owner"),
    "post.expired": _("post expired"),
    "post.prolonged": _("closing date of the post moved"),
    "post.reopened": _("post taken up again"),
    "post.taken_back": _("taken back with the upload that made it"),
}
# What an act on many posts says once: subject, text, and the list where they are found.
MANY = {
    "talent_post_to_check": (
        _("%(count)s talent posts await your check"),
        _("They came to you together, and all of them stand in your queue: %(count)s."),
        reverse_lazy("talent:talent_post_review"),
    ),
    "talent_post_published": (
        _("%(count)s of your talent posts are published"),
        _("They were published together: %(count)s. Write down on their pages whom you have found."),
        reverse_lazy("talent:talent_post_mine"),
    ),
}
NOTIFICATIONS = {
    "talent_post_to_check": (
        _("Talent post %(post)s awaits your check"),
        _("Talent post %(post)s has been submitted and awaits your check."),
    ),
    "talent_post_returned": (
        _("Talent post %(post)s was returned"),
        _("Talent post %(post)s was returned for correction. The notes stand at the fields of the form."),
    ),
    "talent_post_rejected": (
        _("Talent post %(post)s was rejected"),
        _("Talent post %(post)s was rejected. The reason stands on its page."),
    ),
    "talent_post_published": (
        _("Talent post %(post)s is published"),
        _("Talent post %(post)s stands in the talent-demand list. Write down on its page whom you have found."),
    ),
    "talent_post_change_to_check": (
        _("A change of talent post %(post)s awaits your check"),
        _("The owner of talent post %(post)s proposes a change. The former text stays published until you pass it."),
    ),
    "talent_post_change_passed": (
        _("Your change of talent post %(post)s is live"),
        _("The change of talent post %(post)s was passed and is shown now."),
    ),
    "talent_post_change_returned": (
        _("Your change of talent post %(post)s was returned"),
        _("The change of talent post %(post)s was returned. The notes stand at the fields of the form; the former "
          "text stays published."),
    ),
    "talent_post_expired": (
        _("Talent post %(post)s has expired"),
        _("The closing date of talent post %(post)s has passed. Set a new date on its page to publish it again."),
    ),
}  # fmt: skip


def register() -> None:
    """Name verbs, states and notifications; called when the app is ready."""
    desk.register()
    labels.register(KIND, verbs=VERBS, states=PostState)
    for name, (subject, body) in NOTIFICATIONS.items():
        many = Many(*MANY[name]) if name in MANY else None
        register_kind(name, subject=subject, body=body, params=("post",), many=many)

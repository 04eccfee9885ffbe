"""What this floor and those below hold of a person: account, roles, signing in, history, notifications."""

from collections.abc import Iterator

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.models import User
from matchmaking.accounts.privacy.rooms import Held, Room, register_room
from matchmaking.accounts.tokens import tokens_of
from matchmaking.activity.labels import verb_label
from matchmaking.activity.models import Entry
from matchmaking.notifications.kinds import say
from matchmaking.notifications.models import Notification, OutboxMail

PIECE = 1_000


def account(user: User) -> Iterator[Held]:
    data = {"username": user.username, "name": user.full_name, "email": user.email, "language": user.language}
    yield Held(
        title=gettext("My account"),
        data=data,
        source=gettext("you, or whoever invited you"),
        since=user.date_joined,
        url=reverse("accounts:profile"),
        correct_url=reverse("accounts:profile"),
    )
    for address in EmailAddress.objects.filter(user=user).order_by("pk"):
        yield Held(
            title=gettext("E-mail address"),
            data={"email": address.email, "verified": address.verified},
            source=gettext("you"),
            correct_url=reverse("account_email"),
        )


def roles(user: User) -> Iterator[Held]:
    for held in user.memberships.select_related("organisation").order_by("pk"):
        data = {
            "role": held.role,
            "organisation": held.organisation.name,
            "until": held.ended_at.isoformat() if held.ended_at else None,
        }
        yield Held(
            title=f"{held.get_role_display()} · {held.organisation}",
            data=data,
            source=held.organisation.name,
            since=held.started_at,
            kind="organisation",
            object_id=held.organisation.uuid,
            url=held.organisation.get_absolute_url(),
            owner=held.organisation,
        )


def sign_in(user: User) -> Iterator[Held]:
    sessions = reverse("usersessions_list")
    for one in UserSession.objects.filter(user=user).order_by("-created_at"):
        data = {"address": one.ip, "browser": one.user_agent, "last_seen": one.last_seen_at.isoformat()}
        yield Held(
            title=gettext("Session"),
            data=data,
            source=gettext("your browser"),
            since=one.created_at,
            correct_url=sessions,
        )
    for factor in Authenticator.objects.filter(user=user).order_by("pk"):
        yield Held(
            title=gettext("Second factor"),
            data={"kind": factor.type},
            source=gettext("you"),
            since=factor.created_at,
            correct_url=reverse("mfa_index"),
        )
    for linked in SocialAccount.objects.filter(user=user).order_by("pk"):
        data = {"provider": linked.provider, "identifier": linked.uid, "told": linked.extra_data}
        yield Held(
            title=gettext("Single sign-on"),
            data=data,
            source=linked.provider,
            since=linked.date_joined,
            correct_url=reverse("socialaccount_connections"),
        )
    for token in tokens_of(user):
        yield Held(
            title=gettext("Access for programs"),
            data={"begins_with": token.token_key},
            source=gettext("you"),
            since=token.created,
            correct_url=reverse("accounts:token_list"),
        )


def history(user: User) -> Iterator[Held]:
    """Own acts, and what was done to the own account; newest first."""
    mine = Q(actor_id=user.pk) | Q(object_kind="account", object_id=user.uuid)
    for entry in Entry.objects.filter(mine).order_by("-id").iterator(PIECE):
        data = {"verb": entry.verb, "as": entry.as_role, "from": entry.origin}
        yield Held(
            title=verb_label(entry.object_kind, entry.verb),
            data=data,
            source=gettext("the portal"),
            since=entry.at,
            object_no=entry.object_no,
        )


def notifications(user: User) -> Iterator[Held]:
    for one in Notification.objects.filter(recipient=user).order_by("-pk").iterator(PIECE):
        subject, body = say(one.kind, one.params)
        yield Held(
            title=subject,
            data={"text": body, "url": one.url},
            source=gettext("the portal"),
            since=one.created_at,
            url=reverse("notifications:list"),
        )
    for mail in OutboxMail.objects.filter(to__iexact=user.email).order_by("-pk").iterator(PIECE):
        data = {"to": mail.to, "text": mail.body}
        yield Held(title=mail.subject, data=data, source=gettext("the portal"), since=mail.created_at)


def forget_notifications(user: User) -> None:
    Notification.objects.filter(recipient=user).delete()
    OutboxMail.objects.filter(to__iexact=user.email).delete()


CONTRACT = _("contract: the use of the portal (PIPL art. 13 no. 2)")
DUTY = _("statutory duty (PIPL art. 13 no. 3)")


def register() -> None:
    """Called at start, before the rooms above register theirs."""
    for room in (
        Room(
            "account",
            _("Account"),
            _("to know who signs in"),
            CONTRACT,
            "account",
            account,
            stays=_("an empty row with a number, to which the history refers"),
        ),
        Room(
            "roles",
            _("Roles"),
            _("to know who may act for whom"),
            CONTRACT,
            "roles",
            roles,
            stays=_("which role was held from when until when, without the name"),
        ),
        Room("sign_in", _("Signing in"), _("to protect the account"), DUTY, "sign_in", sign_in, about_records=False),
        Room(
            "history",
            _("History of acts"),
            _("so that every act can be proven"),
            DUTY,
            "history",
            history,
            stays=_("the sealed history; no page shows the name any more"),
            about_records=False,
        ),
        Room(
            "notifications",
            _("Notifications and mails"),
            _("to tell of what waits"),
            CONTRACT,
            "notifications",
            notifications,
            erase=forget_notifications,
            about_records=False,
        ),
    ):
        register_room(room)

"""What each role may do: the one readable table. A capability is held in the organisation of the membership.

A capability says only that a person may do such a thing at all. Which records it reaches is decided by
`visible_to` (region, organisation, park), and whether a record is in the right state by the app's `rules.py`.
An officer of a region holds what every officer holds and what his department's track adds.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _

from matchmaking.accounts.enums import (
    DEPARTMENT_KINDS,
    PARK_KINDS,
    PROVIDER_KINDS,
    TRACK_OF_KIND,
    OrganisationKind,
    Role,
    Track,
)

CAPABILITIES: dict[str, Any] = {
    "achievement.edit": _("create and edit achievements of the own organisation"),
    "import": _("upload workbooks; which ones, the capabilities of their kinds say"),
    "achievement.import": _("upload achievements from a workbook"),
    "achievement.unit_review": _("check achievements of the own organisation and submit them"),
    "achievement.review": _("pass, return or reject submitted achievements of the region"),
    "need.edit": _("create, edit and submit technical needs of the own enterprise"),
    "need.check_park": _("check needs of the park's tenants"),
    "need.publish": _("pass, publish, return or reject needs of the region"),
    "talent.edit": _("create, edit and submit talent posts of the own enterprise"),
    "talent.check": _("publish or return talent posts of the park's tenants"),
    "talent.publish": _("publish, return or reject talent posts of the region outside parks"),
    "need.rewrite": _("propose another wording of a technical need to its enterprise"),
    "expert.nominate": _("nominate experts of the own organisation"),
    "removal.answer": _("answer people who ask not to be listed as experts"),
    "expert.own": _("edit the own expert record and consent to it"),
    "expert.review": _("admit experts to the pool"),
    "match.answer_enterprise": _("answer a match for the enterprise"),
    "match.answer_provider": _("answer a match for the provider side"),
    "match.review": _("release or drop proposed matches of the region"),
    "match.run": _("start a batch match"),
    "match.propose": _("propose a match by hand"),
    "board.read": _("read the progress board of the region"),
    "export": _("export lists as workbooks"),
    "jobs.operate": _("see all jobs, retry dead letters"),
    "mail.read": _("read the mail outbox"),
    "ip.read": _("read the register of intellectual property behind the region's achievements"),
    "organisation.verify": _("verify organisations"),
    "tenant.verify": _("verify applicants that name the own park"),
    "office.enter": _("enter regional departments and support bodies and staff them"),
    "national.verify": _("enter and verify national bodies and staff them"),
    "organisation.manage": _("edit the own organisation and its people"),
    "enterprise.invite": _("invite enterprises by list"),
    "mandate.act": _("act for clients under a mandate: read their texts, edit drafts of needs, propose matches"),
    "vocabulary.manage": _("care for code tables: new editions, retired and mapped codes"),
    "security.read": _("read roles and capabilities"),
    "session.end": _("see who is signed in and end the sessions of a person"),
    "activity.read": _("read the whole history"),
}

_ENTERPRISE_EDITOR = {"need.edit", "talent.edit", "match.answer_enterprise", "export", "import"}

ROLE_CAPABILITIES: dict[str, frozenset[str]] = {
    Role.UNIVERSITY_OFFICER: frozenset(
        {"achievement.edit", "achievement.import", "achievement.unit_review", "expert.nominate", "removal.answer",
         "import", "match.answer_provider", "match.propose", "export", "organisation.manage"}
    ),
    Role.RESEARCHER: frozenset({"achievement.edit", "match.answer_provider", "expert.own"}),
    Role.ENTERPRISE_OWNER: frozenset(_ENTERPRISE_EDITOR | {"organisation.manage"}),
    Role.ENTERPRISE_EDITOR: frozenset(_ENTERPRISE_EDITOR),
    Role.ENTERPRISE_READER: frozenset(),
    Role.PARK_ADMIN: frozenset(
        {"need.check_park", "need.rewrite", "talent.check", "board.read", "export", "organisation.manage",
         "tenant.verify"}
    ),
    # Which kinds of record come to the track of his department is data of the programme (`ProgrammeTrack.reviews`).
    Role.REGIONAL_OFFICER: frozenset(
        {"achievement.review", "need.publish", "talent.publish", "expert.review", "board.read", "export", "import",
         "organisation.verify"}
    ),
    Role.NATIONAL_OFFICER: frozenset({"board.read", "export"}),
    Role.SECRETARY: frozenset(
        {"achievement.review", "need.publish", "need.rewrite", "talent.publish", "expert.review", "match.review",
         "match.run", "match.propose", "board.read", "export", "import", "organisation.verify", "organisation.manage",
         "vocabulary.manage", "ip.read", "office.enter", "removal.answer"}
    ),
    Role.BROKER: frozenset({"match.propose", "need.rewrite", "organisation.manage", "mandate.act"}),
    Role.EXPERT: frozenset({"expert.own", "match.answer_provider"}),
    Role.INVESTOR: frozenset({"organisation.manage"}),
    Role.SUPPORT_OFFICER: frozenset({"enterprise.invite", "organisation.manage"}),
    Role.STUDENT: frozenset(),
    Role.SYSTEM_ADMIN: frozenset({"jobs.operate", "mail.read", "national.verify"}),
    Role.SECURITY_ADMIN: frozenset({"security.read", "session.end"}),
    Role.AUDIT_ADMIN: frozenset({"activity.read"}),
}  # fmt: skip

# What the track of a department adds for its officers, whatever the programme (personas.md, 2.5).
_JUDGING = {"match.review", "match.run", "match.propose"}
TRACK_CAPABILITIES: dict[str, frozenset[str]] = {
    Track.MIIT: frozenset({"need.rewrite", *_JUDGING}),
    Track.EDU: frozenset(_JUDGING),
    Track.STI: frozenset(_JUDGING),
    Track.IP: frozenset({"ip.read"}),
    Track.PARK: frozenset(),
}


# Whoever decides or administers signs in with a second factor; without it he reaches nothing but the page to set it up.
SECOND_FACTOR_ROLES: frozenset[str] = frozenset(
    {Role.REGIONAL_OFFICER, Role.NATIONAL_OFFICER, Role.SECRETARY, Role.PARK_ADMIN, Role.SYSTEM_ADMIN,
     Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
)  # fmt: skip

# Which roles may be held in which kind of organisation, the managing role first. The administrators of the system
# are appointed by the operator of the machine, never on a page.
K = OrganisationKind
ROLES_OF_KIND: dict[str, tuple[Role, ...]] = {
    **dict.fromkeys(PROVIDER_KINDS, (Role.UNIVERSITY_OFFICER, Role.RESEARCHER, Role.EXPERT, Role.STUDENT)),
    K.ENTERPRISE: (Role.ENTERPRISE_OWNER, Role.ENTERPRISE_EDITOR, Role.ENTERPRISE_READER, Role.EXPERT),
    **dict.fromkeys(PARK_KINDS, (Role.PARK_ADMIN,)),
    **dict.fromkeys(DEPARTMENT_KINDS, (Role.REGIONAL_OFFICER,)),
    K.NATIONAL: (Role.NATIONAL_OFFICER,),
    K.OPERATOR: (Role.SECRETARY,),
    K.BROKER: (Role.BROKER,),
    K.BANK: (Role.INVESTOR,),
    K.FUND: (Role.INVESTOR,),
    K.SUPPORT: (Role.SUPPORT_OFFICER,),
}
# Kinds that apply by themselves; departments are entered by the secretariat, national bodies by the administrator.
APPLYING_KINDS = (*PROVIDER_KINDS, K.ENTERPRISE, *PARK_KINDS, K.BROKER, K.BANK, K.FUND)
# Who enters the others, and gives their first people their roles.
ENTERED_BY: dict[str, str] = {
    **dict.fromkeys((*DEPARTMENT_KINDS, K.SUPPORT), "office.enter"),
    K.NATIONAL: "national.verify",
}


def managing_roles(kind: str) -> tuple[Role, ...]:
    """The role that manages an organisation of a kind; none where only the console gives roles."""
    return ROLES_OF_KIND.get(kind, ())[:1]


def capabilities_of(role: str, kind: str) -> frozenset[str]:
    """Return the capabilities of a role in an organisation of a kind; an unknown role has none."""
    held = ROLE_CAPABILITIES.get(role, frozenset())
    if role == Role.REGIONAL_OFFICER and kind in TRACK_OF_KIND:
        held |= TRACK_CAPABILITIES[TRACK_OF_KIND[OrganisationKind(kind)]]
    return held


def kinds_with(role: str, capability: str) -> list[str]:
    """The kinds of organisation in which a role carries a capability."""
    return [kind for kind in OrganisationKind.values if capability in capabilities_of(role, kind)]

"""What each role may do: the one readable table. A capability is held in the organisation of the membership.

A capability says only that a person may do such a thing at all. Which records it reaches is decided by
`visible_to` (region, organisation, park), and whether a record is in the right state by the app's `rules.py`.
"""

from matchmaking.accounts.enums import DEPARTMENT_KINDS, PARK_KINDS, PROVIDER_KINDS, OrganisationKind, Role

CAPABILITIES: dict[str, str] = {
    "achievement.edit": "create and edit achievements of the own organisation",
    "import": "upload workbooks; which ones, the capabilities of their kinds say",
    "achievement.import": "upload achievements from a workbook",
    "achievement.unit_review": "check achievements of the own organisation and submit them",
    "achievement.review": "pass, return or reject submitted achievements of the region",
    "need.edit": "create, edit and submit technical needs of the own enterprise",
    "need.check_park": "check needs of the park's tenants",
    "need.publish": "pass, publish, return or reject needs of the region",
    "talent.edit": "create, edit and submit talent posts of the own enterprise",
    "talent.check": "publish or return talent posts of the park's tenants",
    "talent.publish": "publish, return or reject talent posts of the region outside parks",
    "need.rewrite": "propose another wording of a technical need to its enterprise",
    "expert.nominate": "nominate experts of the own organisation",
    "expert.own": "edit the own expert record and consent to it",
    "expert.review": "admit experts to the pool",
    "match.answer_enterprise": "answer a match for the enterprise",
    "match.answer_provider": "answer a match for the provider side",
    "match.review": "release or drop proposed matches of the region",
    "match.run": "start a batch match",
    "match.propose": "propose a match by hand",
    "board.read": "read the progress board of the region",
    "export": "export lists as workbooks",
    "jobs.operate": "see all jobs, retry dead letters",
    "mail.read": "read the mail outbox",
    "organisation.verify": "verify organisations",
    "organisation.manage": "edit the own organisation and its people",
    "vocabulary.manage": "care for code tables: new editions, retired and mapped codes",
    "security.read": "read roles and capabilities",
    "activity.read": "read the whole history",
}

_ENTERPRISE_EDITOR = {"need.edit", "talent.edit", "match.answer_enterprise", "export", "import"}

ROLE_CAPABILITIES: dict[str, frozenset[str]] = {
    Role.UNIVERSITY_OFFICER: frozenset(
        {"achievement.edit", "achievement.import", "achievement.unit_review", "expert.nominate", "import",
         "match.answer_provider", "match.propose", "export", "organisation.manage"}
    ),
    Role.RESEARCHER: frozenset({"achievement.edit", "match.answer_provider", "expert.own"}),
    Role.ENTERPRISE_OWNER: frozenset(_ENTERPRISE_EDITOR | {"organisation.manage"}),
    Role.ENTERPRISE_EDITOR: frozenset(_ENTERPRISE_EDITOR),
    Role.ENTERPRISE_READER: frozenset(),
    Role.PARK_ADMIN: frozenset(
        {"need.check_park", "need.rewrite", "talent.check", "board.read", "export", "organisation.manage"}
    ),
    Role.REGIONAL_OFFICER: frozenset(
        {"achievement.review", "need.publish", "need.rewrite", "talent.publish", "expert.review", "match.review",
         "match.run", "match.propose", "board.read", "export", "import", "organisation.verify"}
    ),
    Role.NATIONAL_OFFICER: frozenset({"board.read", "export"}),
    Role.SECRETARY: frozenset(
        {"achievement.review", "need.publish", "need.rewrite", "talent.publish", "expert.review", "match.review",
         "match.run", "match.propose", "board.read", "export", "import", "organisation.verify", "organisation.manage",
         "vocabulary.manage"}
    ),
    Role.BROKER: frozenset({"match.propose", "need.rewrite", "organisation.manage"}),
    Role.EXPERT: frozenset({"expert.own", "match.answer_provider"}),
    Role.INVESTOR: frozenset({"organisation.manage"}),
    Role.STUDENT: frozenset(),
    Role.SYSTEM_ADMIN: frozenset({"jobs.operate", "mail.read"}),
    Role.SECURITY_ADMIN: frozenset({"security.read"}),
    Role.AUDIT_ADMIN: frozenset({"activity.read"}),
}  # fmt: skip


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
}
# Kinds that apply by themselves; departments and national bodies are entered by the secretariat.
APPLYING_KINDS = (*PROVIDER_KINDS, K.ENTERPRISE, *PARK_KINDS, K.BROKER, K.BANK, K.FUND)


def capabilities_of(role: str) -> frozenset[str]:
    """Return the capabilities of a role; an unknown role has none."""
    return ROLE_CAPABILITIES.get(role, frozenset())

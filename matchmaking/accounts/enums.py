"""Kinds, states and roles of the people and organisations."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrganisationKind(models.TextChoices):
    """ORG_KIND of the vocabularies."""

    UNIVERSITY = "university", _("university")
    INSTITUTE = "institute", _("research institute")
    NEW_RD_INSTITUTE = "new_rd_institute", _("new-type R&D institution")
    HOSPITAL = "hospital", _("hospital")
    ENTERPRISE = "enterprise", _("enterprise")
    PARK_HITECH = "park_hitech", _("national high-tech zone")
    PARK_UNIV = "park_univ", _("national university science park")
    PARK_OTHER = "park_other", _("other park")
    DEPT_MIIT = "dept_miit", _("department of industry and information technology")
    DEPT_EDU = "dept_edu", _("department of education")
    DEPT_STI = "dept_sti", _("department of science and technology")
    DEPT_IP = "dept_ip", _("intellectual property department")
    DEPT_PARK = "dept_park", _("park lead department")
    NATIONAL = "national", _("national body")
    TTO = "tto", _("technology transfer institution")
    BROKER = "broker", _("broker institution")
    BANK = "bank", _("bank")
    FUND = "fund", _("investment institution")
    ALLIANCE = "alliance", _("alliance or association")
    LOCAL_GOV = "local_gov", _("local government")
    NAT_TIC = "nat_tic", _("national technology innovation centre")
    EDU_PLATFORM = "edu_platform", _("innovation platform of the education ministry")
    SUPPORT = "support", _("support body")
    OPERATOR = "operator", _("platform operator (secretariat)")


K = OrganisationKind
PROVIDER_KINDS = (K.UNIVERSITY, K.INSTITUTE, K.NEW_RD_INSTITUTE, K.HOSPITAL, K.NAT_TIC, K.EDU_PLATFORM, K.TTO)
PARK_KINDS = (K.PARK_HITECH, K.PARK_UNIV, K.PARK_OTHER)
DEPARTMENT_KINDS = (K.DEPT_MIIT, K.DEPT_EDU, K.DEPT_STI, K.DEPT_IP, K.DEPT_PARK)


class Track(models.TextChoices):
    """The departments' tracks; which of them a programme has is data of the programme."""

    MIIT = "miit", _("industry and information technology")
    EDU = "edu", pgettext_lazy("track", "education")
    STI = "sti", _("science and technology")
    IP = "ip", _("intellectual property")
    PARK = "park", _("park lead")


TRACK_OF_KIND = {K.DEPT_MIIT: Track.MIIT, K.DEPT_EDU: Track.EDU, K.DEPT_STI: Track.STI, K.DEPT_IP: Track.IP,
                 K.DEPT_PARK: Track.PARK}  # fmt: skip


class OrganisationState(models.TextChoices):
    APPLIED = "applied", _("applied")
    RETURNED = "returned", _("returned")
    ACTIVE = "active", _("verified")
    FROZEN = "frozen", _("frozen")
    CLOSED = "closed", _("closed")


class Size(models.TextChoices):
    LARGE = "large", _("large")
    MEDIUM = "medium", _("medium-sized")
    SMALL = "small", _("small")
    MICRO = "micro", _("micro")


class Role(models.TextChoices):
    """Roles are held in an organisation; `accounts/roles.py` says what each may do."""

    UNIVERSITY_OFFICER = "university_officer", _("technology-transfer officer")
    RESEARCHER = "researcher", _("principal investigator")
    ENTERPRISE_OWNER = "enterprise_owner", _("enterprise R&D lead")
    ENTERPRISE_EDITOR = "enterprise_editor", _("enterprise editor")
    ENTERPRISE_READER = "enterprise_reader", _("enterprise reader")
    PARK_ADMIN = "park_admin", _("park administrator")
    REGIONAL_OFFICER = "regional_officer", _("regional programme officer")
    NATIONAL_OFFICER = "national_officer", _("national programme officer")
    SECRETARY = "secretary", _("platform secretary")
    BROKER = "broker", _("technology broker")
    EXPERT = "expert", _("expert")
    INVESTOR = "investor", _("investor")
    SUPPORT_OFFICER = "support_officer", _("officer of a support body")
    STUDENT = "student", _("student team")
    SYSTEM_ADMIN = "system_admin", _("system administrator")
    SECURITY_ADMIN = "security_admin", _("security administrator")
    AUDIT_ADMIN = "audit_admin", _("audit administrator")

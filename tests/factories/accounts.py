"""Builders of organisations, people and memberships."""

import factory
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from stdnum.cn import uscc

from matchmaking.accounts.enums import OrganisationKind, OrganisationState, Role, Size
from matchmaking.accounts.models import Membership, Organisation, OrganisationAlias, User
from matchmaking.accounts.roles import SECOND_FACTOR_ROLES
from matchmaking.common.crypto import seal
from matchmaking.vocabularies.models import Region


def region(code: str = "32") -> Region:
    """A region of the reference data; Jiangsu where nothing else is asked for."""
    return Region.objects.get(code=code)


def valid_uscc(number: int) -> str:
    """A code with the right check digit, one for each number."""
    base = f"9132{number % 10**13:013d}"
    return base + uscc.calc_check_digit(base)


class OrganisationFactory(factory.django.DjangoModelFactory):
    """A verified enterprise in Jiangsu; `kind=` for every other kind."""

    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"测试单位{n}")
    uscc = factory.Sequence(valid_uscc)
    kind = OrganisationKind.ENTERPRISE
    state = OrganisationState.ACTIVE
    region = factory.LazyFunction(region)
    size = factory.LazyAttribute(lambda o: Size.MEDIUM if o.kind == OrganisationKind.ENTERPRISE else "")
    industry = factory.LazyAttribute(lambda o: "35" if o.kind == OrganisationKind.ENTERPRISE else "")

    @factory.post_generation
    def alias(self, create, extracted, **kwargs):
        """Every organisation can be found by its name, as after `create_organisation`."""
        if create:
            OrganisationAlias.of(self, self.name).save()


class UserFactory(factory.django.DjangoModelFactory):
    """A person without any role."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.test")
    full_name = factory.Sequence(lambda n: f"测试人员{n}")


class MembershipFactory(factory.django.DjangoModelFactory):
    """A role that is held now."""

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    role = Role.ENTERPRISE_OWNER

    @factory.post_generation
    def second_factor(self, create, extracted, **kwargs):
        """Whoever needs a second factor has set it up; `second_factor=False` for somebody who has not yet."""
        if create and extracted is not False and self.role in SECOND_FACTOR_ROLES:
            with_second_factor(self.user)


def with_second_factor(user: User) -> str:
    """Give a person an authenticator; return its secret."""
    secret = generate_totp_secret()
    Authenticator.objects.get_or_create(user=user, type="totp", defaults={"data": {"secret": seal(secret)}})
    return secret


def member(organisation: Organisation, role: str, **fields) -> User:
    """A person who holds a role in an organisation, as a fresh object whose memberships are read anew."""
    return MembershipFactory(organisation=organisation, role=role, user=UserFactory(**fields)).user

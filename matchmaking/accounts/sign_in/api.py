"""Tokens reach no further than their person would on the pages."""

from typing import Any

from knox.auth import TokenAuthentication as KnoxTokenAuthentication

from matchmaking.accounts.sign_in.duties import duty_of


class TokenAuthentication(KnoxTokenAuthentication):
    """A token of somebody who has something to do first (`sign_in/duties.py`) opens nothing."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        from matchmaking.common.api.problems import Problem  # its framework asks for this class while it is read

        user, auth_token = super().authenticate_credentials(token)
        if duty := duty_of(user):
            raise Problem(403, duty.sentence, kind=duty.kind)
        return user, auth_token

"""An instance: its servers, and the environment that every one of its processes gets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from matchmaking.devstack import notes
from matchmaking.devstack.layout import Layout, load_keys
from matchmaking.devstack.postgres import Postgres, clean_environment
from matchmaking.devstack.process import DATA_VARIABLE
from matchmaking.devstack.valkey import Valkey


@dataclass(frozen=True)
class Instance:
    """A data directory and the servers behind it: ours, or those that the caller's environment names."""

    layout: Layout
    own_database: bool
    own_broker: bool

    @classmethod
    def at(cls, layout: Layout, environ: Mapping[str, str] = os.environ) -> Instance:
        return cls(
            layout,
            own_database=not environ.get("DATABASE_URL"),
            own_broker=not environ.get("CELERY_BROKER_URL"),
        )

    @property
    def postgres(self) -> Postgres:
        return Postgres(self.layout)

    @property
    def valkey(self) -> Valkey:
        return Valkey(self.layout)

    @property
    def database_url(self) -> str:
        return self.postgres.url if self.own_database else os.environ["DATABASE_URL"]

    def environment(self, *, create_keys: bool = True) -> dict[str, str]:
        """Variables for a process of this instance, on top of the caller's own.

        The demonstration features need a database that `up` has filled itself: fictional people must not sign in to
        somebody's real data. Keys belong to the data too: those of the caller count only for a database of the caller.
        """
        given = clean_environment(os.environ)
        keys = load_keys(self.layout, create=create_keys)
        if not self.own_database:
            keys |= {name: given[name] for name in keys if given.get(name)}
        ours = {
            "DJANGO_SETTINGS_MODULE": "matchmaking.settings.base",
            "DATABASE_URL": self.database_url,
            "CELERY_BROKER_URL": self.valkey.url if self.own_broker else os.environ["CELERY_BROKER_URL"],
            "DEBUG": "0",
            "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
            "TONGTI_EMBEDDED": "1" if self.own_database or notes.is_claimed(self.database_url) else "0",
            DATA_VARIABLE: str(self.layout.data),
            "MEDIA_ROOT": str(self.layout.media),
            "MAIL_DIR": str(self.layout.mail),
            "PYTHONUNBUFFERED": "1",
        }
        return given | keys | ours | (self.postgres.client_environment() if self.own_database else {})

"""Invitations: a link by mail that gives its reader a role in an organisation."""

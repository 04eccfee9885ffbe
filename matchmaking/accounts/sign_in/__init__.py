"""Signing in: second factor, sessions, lock-out, passwords, single sign-on. allauth and axes do it; this says how."""

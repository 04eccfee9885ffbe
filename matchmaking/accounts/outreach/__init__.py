"""Support bodies invite enterprises by list."""

"""The components of the pages: template tags over `templates/components`, gathered by `templatetags/tongti.py`."""

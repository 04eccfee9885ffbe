"""The command line behind `./portal`: runs a whole instance on one machine.

No Django and no table here. The package starts PostgreSQL, Valkey, the web server, the Celery workers and the
dispatcher as its own supervised children, and knows the rest of the project only by the names of its commands.
"""

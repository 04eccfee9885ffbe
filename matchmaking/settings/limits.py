"""Every limit of the product: how large, how many, how long."""

import environ

_env = environ.Env()

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
UPLOAD_MAX_BYTES = 20 * 1024 * 1024
REQUEST_MAX_BYTES = 64 * 1024 * 1024  # a few files at once; refused before anything is read
IMPORT_MAX_ROWS = 20_000  # records in one upload; written in one transaction
IMPORT_MAX_REVISED = 2_000  # of them, published records that change: each is held until the last is written
DRAFT_MAX_BYTES = 200 * 1024  # the unsaved text of one form
DRAFTS_PER_PERSON = 30  # the oldest go beyond
DRAFT_DAYS = 90
FILES_PER_RECORD = 10
PICTURE_MAX_SIDE = 12_000
PICTURE_MAX_PIXELS = 50_000_000
COUNT_CAP = 10_000
EXPORT_MAX_ROWS = 20_000
CLINIC_MOST_RECORDS = _env.int("CLINIC_MOST_RECORDS", default=8_000)  # a web process keeps them counted in memory
# Whole texts that a web process compares in a minute, for one address and for one person who has signed in.
TEXTS_A_MINUTE, TEXTS_A_MINUTE_SIGNED_IN = 10, 30
JOB_LEASE_SECONDS = _env.int("JOB_LEASE_SECONDS", default=60)
JOB_REPUBLISH_SECONDS = _env.int("JOB_REPUBLISH_SECONDS", default=15)
JOB_MAX_ATTEMPTS = _env.int("JOB_MAX_ATTEMPTS", default=5)
MATCHES_PER_NEED = {"achievement": 3, "expert": 2}  # at most five proposed matches a need
# How many needs one of them is given at least and at most in an assignment, what it holds already included; an expert
# may say otherwise, and the talks of a team count for its lead. Nothing below the floor is given to reach a least load.
LEAST_LOAD = {"achievement": 0, "expert": 1}
MOST_LOAD = {"achievement": 10, "expert": 8}
ONE_PER_UNIT = ("achievement",)  # of these kinds an assignment gives a need at most one of the same unit
ASSIGNMENT_VARIANT = "best"  # of the two variants of a run, the one officers see: “best” total or “fair”
MATCH_RUNS_KEPT = 5
MATCH_HELPERS = _env.int("MATCH_HELPERS", default=1)  # jobs beside that of a batch match, as many as further workers
MATCH_FIT_HOURS = _env.int("MATCH_FIT_HOURS", default=20)  # after which a run over everything fits its model anew
RECORD_RUN_DAYS = 7  # how long the candidates of a single record's run are kept
ANSWER_WORKING_DAYS = 10
REMIND_WORKING_DAYS = 3  # before an answer is due, its side is reminded
ESCALATE_WORKING_DAYS = 1  # before it is due, those who manage the organisation are told
OPEN_REQUESTS = 8  # unanswered matches that one team is asked about at a time
RESPONSE_FIGURES_FROM = 5  # decided requests from which everybody reads how an organisation answers
RESERVE_PLACES = 3  # candidates of a need that may be approved to move up
BAD_LINKS_A_MINUTE = 20  # links of mails that name nothing, from one address
LATER_MAX_DAYS = 180  # how far away a “later” may lie
PROPOSAL_DAYS = 90  # after which a match nobody reviewed ages out

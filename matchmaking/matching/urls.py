"""Routes of matching. Pages that mix a pool and its matches stand under the pool's URL."""

from django.urls import path

from matchmaking.matching.views import assignment, clinic, explanation, fitting, learning, matches, review, runs
from matchmaking.matching.views import labels as label_views

app_name = "matching"
urlpatterns = [
    path("needs/clinic/", clinic.draft, name="need_clinic_draft"),
    path("needs/<uuid:uuid>/clinic/draft/", clinic.draft, name="need_clinic_draft"),
    path("needs/<uuid:uuid>/clinic/", clinic.stored, name="need_clinic_stored"),
    path("needs/<uuid:uuid>/matches/", matches.of_need, name="need_matches"),
    path("needs/<uuid:uuid>/why-not/", explanation.why_not, name="why_not"),
    path("needs/<uuid:uuid>/progress/", matches.progress, name="need_progress"),
    path("needs/<uuid:uuid>/propose/", matches.propose, name="match_propose"),
    path("achievements/<uuid:uuid>/matches/", matches.of_achievement, name="achievement_matches"),
    path("experts/<uuid:uuid>/matches/", matches.of_expert, name="expert_matches"),
    path("matches/", matches.mine, name="match_list"),
    path("matches/fitting/", fitting.fitting_needs, name="fitting_needs"),
    path("matches/review/", review.queue, name="review_queue"),
    path("matches/review/decide/", review.decide_many, name="review_decide"),
    path("matches/disputes/", label_views.dispute_list, name="dispute_list"),
    path("matches/disputes/<uuid:uuid>/", label_views.dispute_decide, name="dispute_decide"),
    path("matches/<uuid:uuid>/grade/", label_views.grade_match, name="match_grade"),
    path("matches/<uuid:uuid>/dispute/<str:signal>/", label_views.dispute_line, name="match_dispute"),
    path("matches/<uuid:uuid>/outlook/", explanation.outlook, name="match_outlook"),
    path("matches/<uuid:uuid>/", matches.detail, name="match_detail"),
    path("matches/<uuid:uuid>/state/", matches.state, name="match_state"),
    path("matches/<uuid:uuid>/release/", review.release, name="match_release"),
    path("matches/<uuid:uuid>/drop/", review.drop, name="match_drop"),
    path("matches/<uuid:uuid>/restore/", review.restore, name="match_restore"),
    path("matches/<uuid:uuid>/answer/", matches.answer, name="match_answer"),
    path("matches/<uuid:uuid>/contact/", matches.contact, name="match_contact"),
    path("matches/<uuid:uuid>/advance/", matches.advance, name="match_advance"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/learned/", learning.learned, name="learned"),
    path("runs/<uuid:uuid>/", runs.run_detail, name="run_detail"),
    path("runs/<uuid:uuid>/compare/", runs.run_compare, name="run_compare"),
    path("runs/<uuid:uuid>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<uuid:uuid>/fairness/", assignment.fairness, name="fairness"),
    path("runs/<uuid:uuid>/fairness/choose/", assignment.choose, name="fairness_choose"),
    path("runs/<uuid:uuid>/fairness/loads/", assignment.targets, name="fairness_targets"),
    path("runs/<uuid:uuid>/fairness/needs/", assignment.needs, name="fairness_needs"),
    path("runs/<uuid:uuid>/fairness/loads/<uuid:target>/", assignment.places, name="fairness_places"),
    path("runs/<uuid:uuid>/assigned/", assignment.assigned, name="assigned"),
    path("runs/<uuid:uuid>/assigned/release/", assignment.release, name="assigned_release"),
    path("board/", runs.board, name="board"),
    path("board/rows/", runs.board_rows, name="board_rows"),
]

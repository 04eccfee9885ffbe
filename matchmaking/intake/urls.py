"""Routes of uploads, the same for every kind of rows."""

from django.urls import path

from matchmaking.intake.views import columns, deciding, handing_on, mending, preview, ticking, undoing, uploading

app_name = "imports"
urlpatterns = [
    path("", uploading.import_list, name="list"),
    path("new/", uploading.import_choose, name="choose"),
    path("<slug:kind>/new/", uploading.import_new, name="new"),
    path("<slug:kind>/template/", uploading.import_template, name="template"),
    path("<uuid:uuid>/", preview.import_detail, name="detail"),
    path("<uuid:uuid>/line/", uploading.import_line, name="line"),
    path("<uuid:uuid>/errors/", preview.import_errors, name="errors"),
    path("<uuid:uuid>/workbook/", preview.import_workbook, name="workbook"),
    path("<uuid:uuid>/columns/", columns.import_columns, name="columns"),
    path("<uuid:uuid>/sheet/", columns.import_sheet, name="sheet"),
    path("<uuid:uuid>/rows/<int:row_no>/", mending.import_row, name="row"),
    path("<uuid:uuid>/rows/<int:row_no>/mend/", mending.import_mend, name="mend"),
    path("<uuid:uuid>/rows/<int:row_no>/leave/", mending.import_leave, name="leave"),
    path("<uuid:uuid>/rows/<int:row_no>/alike/", mending.import_alike, name="alike"),
    path("<uuid:uuid>/adopt/", mending.import_adopt, name="adopt"),
    path("<uuid:uuid>/rows/<int:row_no>/answer/", mending.import_answer, name="answer"),
    path("<uuid:uuid>/all-new/", mending.import_all_new, name="all_new"),
    path("<uuid:uuid>/missing/", mending.import_missing, name="missing"),
    path("<uuid:uuid>/tick/", ticking.import_tick, name="tick"),
    path("<uuid:uuid>/commit/", deciding.import_commit, name="commit"),
    path("<uuid:uuid>/abandon/", deciding.import_abandon, name="abandon"),
    path("<uuid:uuid>/undo/", undoing.import_undo, name="undo"),
    path("<uuid:uuid>/submit/", handing_on.import_submit, name="submit"),
]

"""What a change may not do to a record in the pool, at once and as a whole."""

from matchmaking.intake.gaps import new_gaps


def exposes(fields):
    after = {"visibility": "public", "title": "甲大学的成果"} | fields
    return {"title": "named"} if after["visibility"] == "hidden_owner" and "甲大学" in after["title"] else {}


def test_what_goes_live_does_not_hide_an_owner_whose_name_waits_to_be_taken_out():
    hide = {"visibility": "hidden_owner"}
    found = new_gaps(lacks=lambda _fields: {}, exposes=exposes, whole=hide | {"title": "一项成果"}, live=hide)
    assert found == {"title": "named"}
    assert new_gaps(lacks=lambda _fields: {}, exposes=exposes, whole=hide | {"title": "一项成果"}, live={}) == {}


def test_an_old_gap_may_stay_and_a_new_one_may_not():
    def lacks(fields):
        return {name: "needed" for name in ("title", "summary") if not ({"title": "甲", "summary": ""} | fields)[name]}

    def gaps(**fields):
        return new_gaps(lacks=lacks, exposes=lambda _fields: {}, whole=fields, live={})

    assert gaps(benefit="乙") == {}
    assert gaps(title="") == {"title": "needed"}

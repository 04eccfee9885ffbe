"""What a finished import did, in sentences; `presenting.deeds_of` says the same of one that is still to come."""

from django.utils.translation import ngettext

from matchmaking.intake.importing import CHECK, LIVE
from matchmaking.intake.models import ImportBatch, RowGroup
from matchmaking.intake.presenting import published_deeds
from matchmaking.intake.selectors import INCOMPLETE


def done_deeds(batch: ImportBatch) -> list[str]:
    """A sentence for each thing that was done, and for the rows that were not imported."""
    n = {name: int(batch.counts.get(name, 0)) for name in
         (RowGroup.NEW, RowGroup.CHANGED, LIVE, CHECK, "withdraw", INCOMPLETE, RowGroup.INVALID, RowGroup.LEFT_OUT,
          RowGroup.UNCHANGED)}  # fmt: skip
    said = {
        RowGroup.NEW: ngettext("%(n)s draft was made.", "%(n)s drafts were made.", n[RowGroup.NEW]),
        RowGroup.CHANGED: ngettext("%(n)s record was changed.", "%(n)s records were changed.", n[RowGroup.CHANGED]),
        LIVE: ngettext("Of these, fields of %(n)s published record went live at once.",
                       "Of these, fields of %(n)s published records went live at once.", n[LIVE]),
        CHECK: published_deeds(n[LIVE], n[CHECK])[1][1],  # still to come
        "withdraw": ngettext("%(n)s record that is not in the file was withdrawn.",
                             "%(n)s records that are not in the file were withdrawn.", n["withdraw"]),
        INCOMPLETE: ngettext("%(n)s imported row is incomplete: fill it in before it is submitted.",
                             "%(n)s imported rows are incomplete: fill them in before they are submitted.",
                             n[INCOMPLETE]),
        RowGroup.INVALID: ngettext("%(n)s row with errors was not imported.",
                                   "%(n)s rows with errors were not imported.", n[RowGroup.INVALID]),
        RowGroup.LEFT_OUT: ngettext("%(n)s row that was left out by hand was not imported.",
                                    "%(n)s rows that were left out by hand were not imported.",
                                    n[RowGroup.LEFT_OUT]),
        RowGroup.UNCHANGED: ngettext("%(n)s row said what your record said already.",
                                     "%(n)s rows said what your records said already.", n[RowGroup.UNCHANGED]),
    }  # fmt: skip
    return [sentence % {"n": f"{n[name]:,}"} for name, sentence in said.items() if n[name]]

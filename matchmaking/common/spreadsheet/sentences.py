"""Why a file was refused, in whole sentences that say what to do about it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "empty": _("The file is empty."),
    "too_large": _("The file is larger than %(limit)s MB. Please split it into several files."),
    "not_workbook": _("This is not a table. Please upload a workbook (.xlsx) or a CSV file."),
    "legacy_xls": _(
        "This is a workbook in the old .xls format. Open it in Excel or WPS, save it as .xlsx and upload that."
    ),
    "encrypted": _("The file is protected with a password. Remove the password and upload it again."),
    "xlsb": _("This is a binary workbook (.xlsb). Save it as .xlsx and upload that."),
    "ods": _("This is an OpenDocument table (.ods). Save it as .xlsx and upload that."),
    "other_office": _("This is an Office file, but not a workbook. Please upload a workbook (.xlsx)."),
    "not_excel": _("This is an archive, not a workbook. Please upload a workbook (.xlsx) or a CSV file."),
    "template": _("This is a workbook template. Save it as an ordinary workbook (.xlsx) and upload that."),
    "macro": _("The workbook contains macros. Save it as an ordinary workbook (.xlsx) without macros and upload that."),
    "external_link": _(
        "The workbook is linked to other files. Break the links (Data, Edit Links) or paste the values, "
        "and upload it again."
    ),
    "embedded_object": _("The workbook contains embedded files or controls. Delete them and upload it again."),
    "damaged": _("The file is damaged or incomplete. Open it in Excel or WPS, save it again and upload that."),
    "unsafe": _(
        "The file is put together in a way no office program does. "
        "Copy the table into a new workbook, save it and upload that."
    ),
    "too_many_parts": _(
        "The workbook is made of more than %(limit)s parts. Copy the table into a new workbook and upload that."
    ),
    "too_big_inside": _(
        "Unpacked, the workbook is larger than %(limit)s MB. "
        "Delete pictures, unused sheets and the empty rows below the table, or split it."
    ),
    "too_compressible": _(
        "The workbook consists almost only of empty or identical cells. "
        "Delete the empty rows and columns around the table and upload it again."
    ),
    "too_many_sheets": _("The workbook has more than %(limit)s sheets. Keep only the one to be read."),
    "no_sheet": _("The workbook has no visible sheet with a table."),
    "too_many_rows": _("The table has more than %(limit)s rows. Please split it into several files."),
    "too_many_columns": _(
        "Cell %(cell)s lies beyond column %(limit)s. Delete what stands to the right of the table, or use the template."
    ),
    "too_many_cells": _("The table has more than %(limit)s filled cells. Please split it into several files."),
    "too_much_text": _("The table holds more than %(limit)s characters. Please split it into several files."),
    "too_many_merges": _(
        "The table has more than %(limit)s merged cells. Split them, or copy the values into a new workbook."
    ),
    "cell_too_long": _("The text in cell %(cell)s is longer than %(limit)s characters."),
    "bad_cell": _("Cell %(cell)s cannot be read. Type its content anew, save the file and upload it again."),
    "bad_row": _("Row %(row)s of the file is damaged. Copy the table into a new workbook and upload that."),
    "too_slow": _("Reading the file took too long. Delete unused rows, columns and sheets, or split it."),
    "too_much_memory": _(
        "Reading the file takes too much memory. Delete unused rows, columns and sheets, or split it."
    ),
    "unreadable": _("The file could not be read. Copy the table into a new workbook, save it and upload that."),
    "csv_encoding": _(
        "The characters of the CSV file could not be recognised. Save it as “CSV UTF-8” or as a workbook (.xlsx)."
    ),
    "csv_binary": _(
        "The CSV file contains characters that are no text. Save it as a workbook (.xlsx) and upload that."
    ),
}


def sentence_for(code: str, params: Mapping[str, Any]) -> str:
    """Put a refusal into words; an unknown code or a missing parameter still gives a sentence."""
    words = str(SENTENCES.get(code, SENTENCES["unreadable"]))
    try:
        return words % params
    except (KeyError, TypeError, ValueError):
        return str(SENTENCES["unreadable"])

"""The official form as a workbook to fill in, and reading a filled one.

Labels, merged heads, the formulas of totals and the checks beside the tables are all read off the form. A hidden
sheet says which cell holds what, so that reading back is exact whatever the sheets look like. A total is computed
from its parts; a blank leaves it and its checks open, unless the cover says that a blank means zero.
"""

from gkstats.excel_form.layout import COVER, MORE
from gkstats.excel_form.reading import Filled, digits_shown, formulas_and_values, is_form, read_filled, read_form
from gkstats.excel_form.writing import form_bytes, save_new_form, write_form

__all__ = [
    "COVER", "MORE", "Filled", "digits_shown", "form_bytes", "formulas_and_values", "is_form", "read_filled",
    "read_form", "save_new_form", "write_form",
]  # fmt: skip

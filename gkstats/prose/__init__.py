"""The figures in a report's prose: found, read by meaning, compared with the tables and with one another.

``terms`` holds the words reports use, ``clause`` what a number is read by, ``measures`` what it may count, ``reading``
the walk through a text, ``claims`` the claims of none, ``figures`` the comparison, ``identities`` what the numbers of a
sentence must satisfy among themselves.
"""

from gkstats.prose.figures import AGREES, CONTRADICTS, NOT_TIED, STATUS_LABELS, Tied, compared
from gkstats.prose.identities import Broken, broken, prose_figures

__all__ = [
    "AGREES", "CONTRADICTS", "NOT_TIED", "STATUS_LABELS", "Broken", "Tied", "broken", "compared", "prose_figures",
]  # fmt: skip

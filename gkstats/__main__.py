"""``python -m gkstats``."""

from gkstats.cli import main

main()

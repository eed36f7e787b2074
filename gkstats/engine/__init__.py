"""The papermill engine ``gkstats``: a notebook's cells run in this process, in a shell that is ready before.

papermill imports this module at every start, so it imports nothing itself.
"""

from __future__ import annotations


class GkEngine:
    """What papermill calls for ``engine_name="gkstats"``.

    No sockets, no second process: isolation is the caller's, who gives each notebook a process of its own."""

    @classmethod
    def execute_notebook(cls, notebook, kernel_name, **arguments):
        """The executed notebook, as ``papermill.engines.Engine.execute_notebook`` gives it."""
        from gkstats.engine.client import InProcessEngine

        return InProcessEngine.execute_notebook(notebook, kernel_name, **arguments)

    @classmethod
    def nb_kernel_name(cls, notebook, name=None):
        """The kernel the notebook names, or ``name``."""
        from papermill.utils import nb_kernel_name

        return nb_kernel_name(notebook, name)

    @classmethod
    def nb_language(cls, notebook, language=None):
        """The language the notebook names, or ``language``."""
        from papermill.utils import nb_language

        return nb_language(notebook, language)

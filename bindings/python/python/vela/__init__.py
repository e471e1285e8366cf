"""Evaluate CUE, render and plan OAM applications, in the process.

``eval`` gives the data of a CUE text, ``render`` the manifests of an application, ``plan`` what
deploying it would do; ``run`` deploys it, with actions in Python. What fails raises ``Error``, which says what, where and what to do.
"""

from vela._error import Diagnostic, Error, Span
from vela._native import __version__, eval, plan, render, run

__all__ = ["Diagnostic", "Error", "Span", "__version__", "eval", "plan", "render", "run"]

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import Any, TypeAlias

from vela._error import Diagnostic as Diagnostic
from vela._error import Error as Error
from vela._error import Span as Span

__version__: str
__all__: list[str]

Data: TypeAlias = (
    None | bool | int | float | str | bytes | Sequence["Data"] | Mapping[str, "Data"]
)
"""What can be filled in."""

def eval(
    text: str | PathLike[str], *, fill: Mapping[str, Data] | None = None, path: str | None = None
) -> Any:
    """The data of a CUE text, or of the file at a path, with defaults taken.

    ``fill`` maps paths to data that is unified with the values there; ``path`` picks a part of the
    result. Ints keep all their digits; floats become Python's.
    """

def render(
    application: str | PathLike[str],
    *,
    definitions: Sequence[str | PathLike[str]] | None = None,
) -> list[dict[str, Any]]:
    """The manifests of an application, given as YAML or JSON text or as the path of such a file.

    ``definitions`` are texts or files of X-Definitions, in CUE or YAML; they come before the
    built-in ones.
    """

def plan(
    application: str | PathLike[str],
    *,
    definitions: Sequence[str | PathLike[str]] | None = None,
) -> dict[str, Any]:
    """What deploying an application would do: nodes and edges, as versioned data.

    The same input gives the same Plan.
    """

Action: TypeAlias = Callable[[dict[str, Any], dict[str, Any]], Mapping[str, Data] | None]
"""What a step can call: it gets the parameters, and ``run``, ``application``, ``key`` and ``attempt``.

What it returns is the result of the call; an exception is an error, after which it may be tried again.
Its attribute ``effect`` is ``"read"``, ``"idempotent"`` or ``"once"``, which is also what is taken where
it has none: such a call is never repeated when nobody knows whether it took place.
"""

def run(
    application: str | PathLike[str],
    *,
    definitions: Sequence[str | PathLike[str]] | None = None,
    actions: Mapping[str, Action] | None = None,
    state: str | PathLike[str] | None = None,
) -> dict[str, Any]:
    """Deploys an application; gives its ``run``, ``phase``, ``steps`` and whether it was ``unchanged``.

    ``actions`` maps names like ``"greet/say"`` (provider and action) to functions. ``state`` is the file
    that runs are kept in; without one they end with the call.
    """

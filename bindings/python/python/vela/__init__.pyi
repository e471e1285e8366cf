from collections.abc import Mapping, Sequence
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

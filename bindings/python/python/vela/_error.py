"""What a failure says: raised by the native module, which gives the findings as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Span:
    """A place in a text; lines and columns count from one, columns in bytes."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Diagnostic:
    """One finding."""

    code: str
    """A stable name, such as ``cue/conflict``."""
    severity: str
    """``error`` or ``warning``."""
    path: str
    """The value concerned, such as ``spec.replicas``; may be empty."""
    message: str
    span: Span | None
    """The place to look at first."""
    related: tuple[Span, ...]
    """Further places, such as the other side of a conflict."""
    help: str | None
    """What to do about it."""


class Error(Exception):
    """Why there is no result; ``diagnostics`` has all that was found and is never empty."""

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(message)
        self.message = message
        self.diagnostics = tuple(diagnostics)

    @property
    def code(self) -> str:
        """The code of the first finding."""
        return self.diagnostics[0].code

    @property
    def path(self) -> str:
        """The path of the first finding."""
        return self.diagnostics[0].path

    @property
    def span(self) -> Span | None:
        """The place of the first finding that has one."""
        return next((found.span for found in self.diagnostics if found.span), None)

    def __str__(self) -> str:
        places: dict[str, None] = {}
        for found in self.diagnostics:
            for span in (found.span, *found.related):
                if span is not None:
                    places[f"\n    {span}"] = None
        return self.message + "".join(places)

    def __reduce__(self) -> tuple[type[Error], tuple[str, tuple[Diagnostic, ...]]]:
        return type(self), (self.message, self.diagnostics)


def failure(message: str, findings: Sequence[Mapping[str, Any]]) -> Error:
    """The exception for what the native module found."""
    return Error(message, [_diagnostic(finding) for finding in findings])


def _diagnostic(finding: Mapping[str, Any]) -> Diagnostic:
    places = [_span(place) for place in finding["places"]]
    return Diagnostic(
        code=finding["code"],
        severity=finding["severity"],
        path=finding["path"],
        message=finding["message"],
        span=places[0] if places else None,
        related=tuple(places[1:]),
        help=finding["help"],
    )


def _span(place: Mapping[str, Any]) -> Span:
    return Span(
        place["file"], place["line"], place["column"], place["endLine"], place["endColumn"]
    )

"""Read by mypy: what the stubs promise."""

from pathlib import Path

import vela

data: object = vela.eval("a: int", fill={"a": 1}, path="a")
manifests: list[dict[str, object]] = vela.render(Path("app.yaml"), definitions=["x", Path("y")])
plan: dict[str, object] = vela.plan("kind: Application")
try:
    vela.eval("a: b")
except vela.Error as error:
    code: str = error.code
    line: int | None = error.span.line if error.span else None

#!/usr/bin/env python3
"""Runs the corpora and compares what passes with tests/ratchet.toml.

usage: ratchet.py --bin target/release/vela --corpora ../shared [--only SECTION[.KIND]]

Exit status 1 where a figure is below the committed one. A figure above it is reported: commit it.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
TOTAL = re.compile(r"^TOTAL (\w+): (\d+)/(\d+)", re.M)


def command(corpora, section, kind, binary):
    """The scorer's command line for one kind of one corpus."""
    if section == "conformance":
        base = corpora / "conformance"
        return [base / "score.py", base, "--bin", binary, "--what", kind]
    base = corpora / "kubevela"
    scorer, cases = {
        "render": ("score.py", "cases"),
        "workflows": ("score_workflows.py", "workflows"),
    }[kind]
    return [base / scorer, base / cases, "--bin", binary]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--corpora", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    binary, corpora = args.bin.resolve(), args.corpora.resolve()
    committed = tomllib.loads((HERE / "ratchet.toml").read_text())
    fallen = False
    for section, kinds in committed.items():
        for kind, least in kinds.items():
            if not f"{section}.{kind}".startswith(args.only):
                continue
            run = subprocess.run(
                [sys.executable, *map(str, command(corpora, section, kind, binary))],
                capture_output=True, text=True, check=False,
            )
            found = TOTAL.search(run.stdout)
            if not found:
                print(f"{section}.{kind}: the scorer said nothing\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
                fallen = True
                continue
            passed, of = int(found[2]), int(found[3])
            verdict = "as committed"
            if passed < least:
                verdict, fallen = f"FALLEN, {least} are committed", True
            elif passed > least:
                verdict = f"risen from {least}: commit {kind} = {passed} in tests/ratchet.toml"
            print(f"{section}.{kind}: {passed}/{of} ({100 * passed / max(of, 1):.1f} %), {verdict}", flush=True)
    sys.exit(fallen)


main()

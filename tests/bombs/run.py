#!/usr/bin/env python3
"""Runs the binary on every bomb with its default limits and measures time and memory.

usage: run.py --bin target/release/vela [--only WORD] [--list]

A bomb passes when it ends in a value, or in a refusal within 100 ms of CPU time and 64 MiB above what the binary takes
for an empty file. A crash, and more than 20 s or 6 GiB, is never a pass. Those that do not pass yet stand in known.txt;
exit status 1 where one fails that does not stand there, or one stands there that passes: take it out.
bombs.jsonl is described in crates/vela-lang/tests/bombs.rs.
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SECONDS, BYTES = 20, 6 << 30


def assembled(pieces):
    """The text of a bomb."""
    out = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(piece)
            continue
        part, count = piece
        if "{i}" in part or "{j}" in part:
            out.extend(part.replace("{i}", str(i)).replace("{j}", str(i - 1)) for i in range(1, count + 1))
        else:
            out.append(part * count)
    return "".join(out)


def run(binary, path):
    """(how it ended, CPU seconds, peak MiB, what it said)"""
    def limited():
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen([binary, "cue", "vet", "-c=false", path], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=err, preexec_fn=limited)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        err.seek(0)
        said = err.read(400).decode("utf8", "replace")
    code = process.returncode
    end = "value" if code == 0 else "refused" if code == 1 else f"exit {code}"
    return end, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true", help="print every bomb, not only those that fail")
    args = parser.parse_args()
    known = {line.strip() for line in (HERE / "known.txt").read_text().splitlines() if line and line[0] != "#"}
    bombs = [json.loads(line) for line in (HERE / "bombs.jsonl").read_text().splitlines()]
    bad = False
    with tempfile.TemporaryDirectory() as directory:
        empty = os.path.join(directory, "empty.cue")
        open(empty, "w").close()
        _, base_seconds, base, _ = run(args.bin.resolve(), empty)
        for bomb in bombs:
            name = bomb["name"]
            if args.only not in name:
                continue
            path = os.path.join(directory, f"bomb.{bomb['kind']}")
            with open(path, "w", encoding="utf8") as file:
                file.write(assembled(bomb["text"]))
            end, seconds, mib, said = run(args.bin.resolve(), path)
            os.unlink(path)
            cheap = seconds - base_seconds <= 0.1 and mib - base <= 64
            passed = end == "value" or end == "refused" and cheap
            line = f"{name}: {end}, {seconds:.2f} s, {mib - base:.0f} MiB above base"
            if args.list:
                print(line, said.split("\n")[0][:120], sep="  ", flush=True)
            if not passed and name not in known:
                print(f"FAILS {line}\n{said}", flush=True)
                bad = True
            if passed and name in known:
                print(f"passes now: take it out of known.txt: {name}", flush=True)
                bad = True
    sys.exit(bad)


if __name__ == "__main__":
    main()

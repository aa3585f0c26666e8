"""python -m bench [--only NAME ...] [--rounds N]"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from bench import page
from bench.catalogue import MEASURES, Measure
from bench.page import Result
from bench.stacks import Skipped, Stacks, private_stacks
from smctl.project.files import write_atomic
from tests.processes import REPOSITORY

PAGE = REPOSITORY / "docs" / "benchmarks.md"


def main() -> int:
    options = _arguments()
    wanted = [measure for measure in MEASURES if not options.only or measure.name in options.only]
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with private_stacks() as stacks:
            print(page.heading(), flush=True)
            results = [_measured(measure, stacks, options.rounds) for measure in wanted]
            if not options.only:
                _write(results, options.rounds)
    except KeyboardInterrupt:
        print("interrupted: everything that was started is stopped", file=sys.stderr)
        return 130
    return 1 if any(result.missing == "it failed" for result in results) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure smctl against its peers, and write docs/benchmarks.md (not with --only).",
    )
    names = [measure.name for measure in MEASURES]
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how many times (5)")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds is at least 1")
    return options


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _measured(measure: Measure, stacks: Stacks, rounds: int) -> Result:
    result, began = Result(measure), time.monotonic()
    try:
        for row in measure.run(stacks, rounds):
            result.rows.append(row)
            print("\n".join(page.lines(row)), flush=True)
        stacks.rest()
    except Skipped as reason:
        result.missing = str(reason)
        print(f"{measure.name}: skipped, {reason}", flush=True)
    except Exception as error:  # one measure that fails must not cost the others
        result.missing = "it failed"
        print(f"{measure.name}: failed after {time.monotonic() - began:.1f} s: {error}", file=sys.stderr)
        stacks.rest()
    return result


def _write(results: Sequence[Result], rounds: int) -> None:
    PAGE.parent.mkdir(exist_ok=True)
    write_atomic(PAGE, page.markdown(results, rounds), mode=0o644)
    print(f"written: {PAGE.relative_to(REPOSITORY)}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

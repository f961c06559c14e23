"""Renew the golden files: `python -m tests.golden.renew [SCENARIO ...]`.

Prints what moves. Say in the commit why.
"""

import sys

from tests.golden.summaries import SCENARIOS, file_of, moves, play, read, write


def main(names: list[str]) -> None:
    for name in names or SCENARIOS:
        numbers = play(name)
        if file_of(name).exists():
            before = read(name)
            print(f"{name}: {len(before.keys() ^ numbers.keys())} numbers come or go")
            for move in moves(before, numbers):
                print(f"  {move}")
        write(name, numbers)
        print(f"{name}: {len(numbers)} numbers written")


if __name__ == "__main__":
    main(sys.argv[1:])

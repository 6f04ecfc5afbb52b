"""Run a program that dies with its parent: `python -I -S leash.py PARENT_PID PROGRAM ARGUMENT...`.

A supervisor that is killed by -9 cannot stop what it started; where the system knows a parent-death signal (Linux), it
does so for us. The signal is SIGTERM, so that databases close their files. Elsewhere the program simply runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ask for the signal, make sure that the parent is still there, and become the program."""
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent is gone")
    os.execv(program[0], program)  # noqa: S606 - no shell is what we want


if __name__ == "__main__":
    main(sys.argv[1:])

"""The one family of errors that a user can cause.

Every such error says what is wrong, where, and how to mend it. The command line prints it without
a traceback and ends with exit code 2; anything else that is raised is a bug and shows its
traceback.
"""


class VertikalError(Exception):
    """Something that the user can mend: a bad file, a bad argument, a full disk.

    Args:
        what: What is wrong, with the offending value.
        where: File, line and field, or the name of the argument; may be empty.
        mend: What to do about it; may be empty.

    Attributes:
        exit_code: With which the command line ends.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        place = f"{where}: " if where else ""
        remedy = f"\n  {mend}" if mend else ""
        super().__init__(f"{place}{what}{remedy}")

"""Claims: arguments put to the test.

In reading order: `sequential` (evidence that may be looked at after every batch), `verdicts`
(supported, fragile, contradicted, and when that is settled), `schema` (the entries of a claim
file), `reading` (claim files and their faults), `design` (arms and contrasts), `sharing` (what
tests have in common), `staging` (who plays what, and when), `running` (freeze, play, keep),
`results` (what came of it), `library` (the claims of the source documents).
"""

from typing import Any

from vertikal.claims.reading import Book, chosen, library, read_book
from vertikal.claims.schema import Claim, Rivalry

__all__ = ["Book", "Claim", "Rivalry", "chosen", "library", "read_book", "test"]


def test(claim: Claim | str, **options: Any) -> Any:
    """Put a claim to the test; see `vertikal.claims.running.examine`.

    Args:
        claim: A claim, or the id of one of the library.
        options: Passed on.
    """
    from vertikal.claims import running  # imports JAX

    return running.examine(claim, **options)


test.__test__ = False  # type: ignore[attr-defined]  # no test for pytest

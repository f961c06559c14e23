"""Claims: arguments put to the test.

In reading order: `sequential` (evidence that may be looked at after every batch), `verdicts`
(supported, fragile, contradicted, and when that is settled), `schema` (the entries of a claim
file), `reading` (claim files and their faults), `commands` (how to ask again), `design` (arms and
contrasts), `sharing` (what tests have in common), `staging` (who plays what, and when), `running`
(freeze, play, keep), `results` (what came of it), `turning` (what would come of it at other
smallest effects), `caveats` (what must be told along with it), `library` (the claims of the source
documents). Where claims fail and what drives them: `wording` (parameters in words), `kept` (the
draws that tested a claim), `regions` and `sensitivity` (what they tell), `failing` (of a claim and
of all), `chosen_draws` (histories at chosen parameters), `screening` (designed draws) and
`adversary` (the nearest parameters that overturn a claim). What was kept of all claims: `played`
(the files of a test), `studies` (what designed draws told of it) and `ledger`. Where sources
disagree: `rivals` (who is right in which draw), `atlas` (on what it hangs), `observed` and
`evidence` (what would settle it), `contest` (a rivalry answered). What one scenario teaches about
another: `learning` and `transfer`.
"""

from typing import Any

from vertikal.claims.reading import Book, chosen, library, read_book
from vertikal.claims.schema import Claim, Rivalry

__all__ = [
    "Book", "Claim", "Rivalry", "chosen", "library", "overturn", "read_book", "screen", "test",
    "where",
]  # fmt: skip


def test(claim: Claim | str, **options: Any) -> Any:
    """Put a claim to the test; see `vertikal.claims.running.examine`.

    Args:
        claim: A claim, or the id of one of the library.
        options: Passed on.
    """
    from vertikal.claims import running  # imports JAX

    return running.examine(claim, **options)


test.__test__ = False  # type: ignore[attr-defined]  # no test for pytest


def where(claim: Claim | str, **options: Any) -> Any:
    """Where the tests of a claim fail and what drives them; see `vertikal.claims.failing.where`.

    Args:
        claim: A claim, or the id of one of the library, that was tested before.
        options: Passed on.
    """
    from vertikal.claims import failing

    return failing.where(claim, **options)


def screen(claim: Claim | str, **options: Any) -> Any:
    """Which of all assumptions drive a claim; see `vertikal.claims.screening.screen`.

    Args:
        claim: A claim, or the id of one of the library.
        options: Passed on.
    """
    from vertikal.claims import screening

    return screening.screen(claim, **options)


def overturn(claim: Claim | str, **options: Any) -> Any:
    """The nearest parameters that overturn a claim; see `vertikal.claims.adversary.overturn`.

    Args:
        claim: A claim, or the id of one of the library.
        options: Passed on.
    """
    from vertikal.claims import adversary

    return adversary.overturn(claim, **options)

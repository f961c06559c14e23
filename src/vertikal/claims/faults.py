"""Faults of the entries of a claim file, each at the line to mend."""

from typing import Any

from pydantic import BaseModel, ValidationError

from vertikal.claims.schema import Misfit
from vertikal.scenario.assemble import Draft, address_of, note_error


def note_errors(
    draft: Draft, path: tuple[Any, ...], model: type[BaseModel], why: ValidationError
) -> None:
    """Turn what pydantic says of an entry into faults.

    Args:
        draft: Receives them.
        path: Where the entry stands.
        model: What it should be.
        why: What is wrong.
    """
    errors: list[Any] = why.errors(include_url=False, include_input=True)
    for error in sorted(errors, key=lambda e: e["type"] == "missing"):
        loc, problem = error["loc"], error.get("ctx", {}).get("error")
        if error["type"] == "missing":
            if not _is_misspelt(draft, (*path, *loc)):
                inner = {**error, "loc": loc[-1:]}
                note_error(draft, (*path, *loc[:-1]), model, inner)
        elif isinstance(problem, Misfit):
            note_error(draft, path, model, {**error, "loc": (*loc, problem.entry)})
        else:
            note_error(draft, path, model, error)


def _is_misspelt(draft: Draft, path: tuple[Any, ...]) -> bool:
    """Whether a missing entry was suggested already in place of an unknown one."""
    *above, name = path
    beside, hint = address_of(tuple(above)), f'Did you mean "{name}"?'
    return any(
        f.remedy.startswith(hint) and f.address.rpartition(".")[0] == beside for f in draft.faults
    )

"""Every function of a formal model says how far its source answers for it."""

import importlib
import inspect
import pkgutil
import re

import pytest

import vertikal.theory

AIDS = {"members", "integrate", "clusters", "option_variants", "report", "verdict", "checked",
        "settle"}  # fmt: skip
"""Functions that state no theory: they list, solve, check or arrange."""

MODELS = {
    name: module
    for _, name, _ in pkgutil.iter_modules(vertikal.theory.__path__)
    if hasattr(module := importlib.import_module(f"vertikal.theory.{name}"), "LABEL")
}
FUNCTIONS = [
    pytest.param(module, function, id=f"{name}.{called}")
    for name, module in MODELS.items()
    for called, function in vars(module).items()
    if inspect.isfunction(function)
    and function.__module__ == module.__name__
    and not called.startswith("_")
    and called not in AIDS
]


def test_all_models_are_here():
    """Twenty models, and four modules of bargaining: two games, ensembles and estimates."""
    assert len(MODELS) == 24


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_labelled_and_cited(name):
    module = MODELS[name]
    assert module.LABEL in ("published", "reduced form", "ours")
    mark = {"published": "[P]", "reduced form": "[R]", "ours": "[O]"}[module.LABEL]
    assert mark in module.__doc__
    assert re.search(r"\((18|19|20)\d\d\)", module.CITATION)
    if module.LABEL == "reduced form":
        assert module.CITATION.startswith("After ")


@pytest.mark.parametrize(("module", "function"), FUNCTIONS)
def test_a_function_names_the_source_of_its_equations(module, function):
    source = re.search(r"^Source:\n((?: +\S.*\n?)+)", inspect.getdoc(function), re.M)
    assert source, "there is no section Source"
    marked = re.match(r" +\[([PRO])\] (.+)", source[1])
    assert marked, source[1]
    assert marked[1] == "O" or re.search(r"\d{4}\b", source[1])
    if module.LABEL == "reduced form":
        assert (marked[1], marked[2][:5]) == ("R", "After")

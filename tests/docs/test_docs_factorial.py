"""The factorial design tells main effects apart, and its page says when it is out of date."""

import json

import numpy as np
import pytest


@pytest.fixture(scope="module")
def factorial(steps_of_docs):
    """The module that plays the design and writes the page."""
    import _factorial

    return _factorial


def test_no_main_effect_is_mixed_with_another_or_with_a_pair(factorial):
    levels = factorial.design()
    arms, factors = levels.shape
    assert (arms, factors) == (16, 8)
    assert (levels.T @ levels == arms * np.eye(factors)).all()
    pairs = [levels[:, i] * levels[:, j] for i in range(factors) for j in range(i)]
    assert not (levels.T @ np.array(pairs).T).any()


def test_effects_of_a_known_model_are_found(factorial):
    levels, rng = factorial.design(), np.random.default_rng(0)
    true = np.array([0.5, -0.25, 0, 0, 0.1, 0, 0, 0])
    chance = rng.normal(size=400)  # the same in all arms
    answers = 2 + (levels @ true / 2)[:, None] + chance + 0.1 * rng.normal(size=(16, 400))
    answers[3, 7] = np.nan
    found = factorial.effects(levels, answers)
    for (mean, half), effect in zip(found.values(), true, strict=True):
        assert mean == pytest.approx(effect, abs=2 * half)
        assert half < 0.01


def test_the_page_tells_what_is_kept(factorial, monkeypatch, tmp_path):
    kept = json.loads(factorial.KEPT.read_text("utf-8"))
    assert kept["effects"].keys() == set(factorial.OUTCOMES)
    told = factorial.page(lambda svg: svg)
    for _, _, what in factorial.FACTORS.values():
        assert f"| {what} |" in told
        assert f">{what}<" in told  # in the picture
    monkeypatch.setattr(factorial, "KEPT", tmp_path / "kept.json")
    factorial.KEPT.write_text(json.dumps(kept | {"code": "other", "arms": []}), "utf-8")
    assert "Changed since these numbers were computed: the code, the scenario." in factorial.page(
        str
    )

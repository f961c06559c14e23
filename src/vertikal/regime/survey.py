"""Surveys: what pollsters would report, which is not what people think.

`Survey`: a pollster asks a frame of people, who answer with care when they are afraid.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

from vertikal.regime.batch import keep, pick
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.priors import triangular
from vertikal.regime.public import mean_over
from vertikal.regime.regime import Regime, change
from vertikal.regime.subsystems import Question


class Survey(
    Mechanism,
    id=128,
    stage=Stage.FATES,
    rules=("PN-6", "PN-8", "PN-9"),
    builds_on="after Kuran (1995), Private Truths, Public Lies",
    subsystem="public",
):
    r"""What each survey would report if it were taken now.

    All questions are put so that agreement is the official answer. Opinion $o$ is the state of the
    public on what is asked (`Question`). Between opinion and report stand (PN-8):

    - the frame: one of the capital alone has fewer people with a Soviet memory, so that the story
      rings less true in it, $o + \phi (R_{frame} - R) + \delta\, metropolitan$, with a lean
      $\delta$ of the capital that is as likely up as down;
    - fear: of those of another opinion, a share of fear times what candour leaves gives the
      official answer, $o + (1 - o)\, fear\, (1 - candour)$;
    - the pollster's lean, added.

    The report can therefore be steady while opinion falls. Sampling error, about one point of a
    hundred in the usual national sample, is left out.

    Two questions about the exit of foreign firms need more than an opinion. Those who never bought
    from such firms see no effect on their lives; of the others, those who trust that home firms
    will replace them see no harm.
    """

    users: Value = parameter(
        0.5,
        "Share of people who lived with goods of the foreign firms that left; no data, so about "
        "half, in wide bounds.",
        unit="share",
        high=1,
    )
    capital_tilt: Value = parameter(
        0.5,
        "By what share the frame of the capital is short of people with a full Soviet memory.",
        high=1,
    )
    frame_weight: Value = parameter(
        0.5, "Answer that changes with each unit of resonance in the frame.", high=2
    )
    capital_lean: Value = parameter(
        0.0,
        "What the capital answers beyond the difference of its cohorts; of unknown sign.",
        low=-0.5,
        high=0.5,
        prior=triangular(-0.1, 0.0, 0.1),
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Take every survey anew."""
        public = regime.public
        if not public.answer.shape[0]:
            return regime
        opinion = self._opinion(regime)
        frame = self.frame_weight * self._framed(regime) + self.capital_lean * public.metropolitan
        held = jnp.clip(opinion + frame, 0.0, 1.0)
        feigned = regime.coercion.fear * (1 - public.candour)
        told = held + (1 - held) * feigned + public.bias
        return change(regime, public=change(public, answer=jnp.clip(told, 0.0, 1.0)))

    def _opinion(self, regime: Regime) -> Float[Array, "surveys runs"]:
        """Share of all people who privately hold the official view of what is asked."""
        public = regime.public
        general = keep(mean_over(public.belief, jnp.ones_like(public.belief)))
        if public.belief.shape[0]:
            asked = pick(public.belief, public.about)
            sector = jnp.where(public.about >= 0, asked, general)
        else:
            sector = jnp.broadcast_to(general, public.answer.shape)
        views = {
            Question.SECTOR_BELIEF: sector,
            Question.REPLACEMENT: general,
            Question.NO_FEAR_OF_SHORTAGE: 1 - public.shortage_fear,
            Question.DOMESTIC_PREFERENCE: public.domestic_preference,
            Question.EXITS_WITHOUT_EFFECT: jnp.broadcast_to(1 - self.users, general.shape),
            Question.EXITS_WITHOUT_HARM: self.users * general,
            Question.GREAT_POWER: mean_over(public.great_power, public.share),
            Question.APPROVAL: public.popularity,
        }
        opinion = jnp.zeros_like(public.answer)
        for question, view in views.items():
            opinion = jnp.where(public.asks == question, view, opinion)
        return opinion

    def _framed(self, regime: Regime) -> Float[Array, "surveys runs"]:
        """By how much more the story rings true in the frame than among all people."""
        public = regime.public
        all_ = mean_over(public.resonance, public.share)
        capital = public.share * (1 - self.capital_tilt * public.soviet_memory)
        return public.metropolitan * (mean_over(public.resonance, capital) - all_)

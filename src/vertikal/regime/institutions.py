"""Imitated institutions: democratic forms, what they are for, and what gives a regime legitimacy.

`Facade`: forms without substance, the wish to be certified as a democracy, and the restraint that
this wish imposes. `Legitimacy`: at home, from tradition, ideology, the leader's popularity, forms
that are believed, and recognition. `SelfGovernment`: the small opening that technocrats accept.

How real institutions grow and decay stands in `institution_building`.
"""

from jaxtyping import Array, Float

from vertikal.regime.batch import either, keep, logistic, towards
from vertikal.regime.mechanism import Mechanism, Stage, Tick, Value, parameter
from vertikal.regime.regime import Pole, Regime, change

_ENOUGH = 1e-6
"""Guard of divisions by a weight that may be nil."""


def technocratic_share(regime: Regime) -> Float[Array, " runs"]:
    """Share of technocrats in the elite, persons by their power; 0 where nobody has any."""
    elite = regime.elite
    weighed = (elite.mix[Pole.TECHNOCRAT] * elite.power).sum(0)
    return weighed / (elite.power.sum(0) + _ENOUGH)


def void(regime: Regime) -> Float[Array, " runs"]:
    """What neither tradition nor ideology lends the regime, so that forms must (IN-1)."""
    institutions = regime.institutions
    return (1 - institutions.tradition) * (1 - institutions.ideology)


class Facade(
    Mechanism,
    id=130,
    stage=Stage.SLOW,
    rules=("IN-1", "IN-2", "IN-3", "IN-4", "IN-6", "EL-12", "FP-7"),
    builds_on="after Levitsky and Way (2010), Competitive Authoritarianism",
):
    r"""A regime without monarchy, army rule or ideology keeps democratic forms and wants them seen.

    - Facade is drawn to $f_0 + f_1 \, void$, with $void = (1 - tradition)(1 - ideology)$ (IN-1).
    - Elections are rigged as far as the vertical of power allows, less restraint, and less where
      technocrats take a serious opposition's part, which they do the less the more they fear that
      populists would win (EL-12). Rigging is seen, and forms are a sham, $s$, the more the freer
      the media and the more people protest.
    - The wish to be certified as a democracy is drawn to $w_0 + void\,(a s + b (1 - L)) + c\,
      attachment$: it grows with visible sham and with want of legitimacy at home (IN-2).
    - Restraint is drawn to $wish\,(r_0 + r_1 G) + d\,(1 - ideology)\,esteem$. $G$ is the gate of
      the clubs: those who are recognised belong and have a place to lose (IN-3, IN-4). A regime
      without an ideology of its own can defy an esteemed West only to a point (FP-7).

    Restraint lowers rigging, which lowers the wish: a loop that settles. Forms times sham is the
    contradiction between democratic language and authoritarian practice, which takes from
    legitimacy. What foreign policy inherits of it (IN-6) is worked out in `foreign_bargain`, from
    forms and how autocratic the regime is.
    """

    bare_facade: Value = parameter(
        0.1, "Democratic forms that any regime keeps in this age.", high=1
    )
    needed_facade: Value = parameter(
        0.7, "Forms that a regime adds which rests on nothing else (IN-1).", high=1
    )
    facade_years: Value = parameter(
        4.0, "In which forms are built or dismantled: an electoral cycle.", unit="years",
        low=0.2, high=30,
    )  # fmt: skip
    rigging: Value = parameter(
        0.9, "Sham of elections under a full vertical without restraint.", high=1
    )
    restrained: Value = parameter(
        0.6, "Share of rigging that full restraint prevents (IN-3: some).", unit="share", high=1
    )
    supported: Value = parameter(
        0.4,
        "Share of rigging that technocrats prevent who are alone in power, face a serious "
        "opposition and fear no populists (EL-12).",
        unit="share",
        high=1,
    )
    hidden: Value = parameter(
        0.4, "Share of rigging that people see through without free media or protest.",
        unit="share", high=1,
    )  # fmt: skip
    sham_years: Value = parameter(
        1.5, "In which people see through elections.", unit="years", low=0.1, high=20
    )
    base_wish: Value = parameter(0.1, "Wish to be recognised by any regime.", high=1)
    wish_from_sham: Value = parameter(
        0.5, "Wish that elections seen as a complete sham add (IN-2).", high=1
    )
    wish_from_want: Value = parameter(
        0.3, "Wish that complete want of legitimacy at home adds (IN-2).", high=1
    )
    wish_from_attachment: Value = parameter(
        0.2, "Wish that an elite with its life in the West adds.", high=1
    )
    wish_years: Value = parameter(
        2.0, "In which the wish follows its causes.", unit="years", low=0.1, high=20
    )
    hoped: Value = parameter(
        0.2, "Restraint from a full wish where recognition is out of reach.", high=1
    )
    belonging: Value = parameter(
        0.5, "Restraint that membership among the recognised adds (IN-3, IN-4).", high=1
    )
    gate: Value = parameter(0.5, "Recognition at which the clubs open by half (IN-4).", high=1)
    gate_steepness: Value = parameter(
        8.0, "How sharply they do, log-odds for each unit of recognition.", high=50
    )
    defiance_limit: Value = parameter(
        0.15, "Restraint where the West is wholly esteemed and there is no ideology (FP-7).", high=1
    )
    restraint_years: Value = parameter(
        1.0, "In which restraint follows.", unit="years", low=0.05, high=10
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move forms, sham, the wish for recognition and restraint."""
        now, foreign = regime.institutions, regime.foreign
        lacking = keep(void(regime))
        wish = (
            self.base_wish
            + lacking
            * (self.wish_from_sham * now.sham + self.wish_from_want * (1 - now.legitimacy))
            + self.wish_from_attachment * foreign.attachment
        )
        member = logistic(self.gate_steepness * (foreign.recognition - self.gate))
        restraint = now.recognition_wish * (self.hoped + self.belonging * member)
        limit = self.defiance_limit * (1 - now.ideology) * regime.public.esteem_of_west
        forms = self.bare_facade + self.needed_facade * lacking
        facade = towards(now.facade, forms, tick.step, self.facade_years)
        sham = towards(now.sham, self._sham(regime), tick.step, self.sham_years)
        facade, sham = keep((facade, sham))
        return change(
            regime,
            institutions=change(
                now,
                facade=facade,
                sham=sham,
                contradiction=facade * sham,
                recognition_wish=towards(now.recognition_wish, wish, tick.step, self.wish_years),
                restraint=towards(
                    now.restraint, restraint + limit, tick.step, self.restraint_years
                ),
            ),
        )

    def _sham(self, regime: Regime) -> Float[Array, " runs"]:
        """How far elections are rigged and seen to be."""
        now, public = regime.institutions, regime.public
        backed = technocratic_share(regime) * regime.opposition.seriousness
        backed = backed * (1 - public.populist_base)
        rigged = (
            self.rigging
            * now.vertical
            * (1 - self.restrained * now.restraint)
            * (1 - self.supported * backed)
        )
        seen = self.hidden + (1 - self.hidden) * either(public.media_freedom, public.unrest)
        return rigged * seen


class Legitimacy(
    Mechanism,
    id=131,
    stage=Stage.SLOW,
    rules=("LD-7", "IN-1", "IN-2", "IN-9", "IN-11", "IN-12"),
    builds_on="after Weber (1922), Economy and Society",
):
    r"""What makes people at home take the regime for rightful.

    Sources stand in for one another, so that legitimacy is drawn to

    $$ [1 - (1-T)(1-I)(1 - aP)(1 - b f (1 - s))(1 - cR)] (1 - d f s)(1 - e D): $$

    tradition $T$, an ideology that can be named $I$, the leader's popularity $P$, which carries the
    load where the first two are lacking (LD-7), democratic forms as far as they are not seen as a
    sham, and recognition by peers $R$ (IN-2). The contradiction of forms and practice $f s$ and the
    decline of the regime $D$ take from it (IN-9).

    The regime has no name of its own (IN-11). A greatness agenda gives it a programme in the course
    of decades, as far as rulers dare, who have good reasons to be wary of nationalism (IN-12):
    $I \to (1 - wariness)\, agenda$.
    """

    from_popularity: Value = parameter(
        0.7, "Legitimacy that a leader loved by all would give by himself (LD-7).", high=1
    )
    from_forms: Value = parameter(
        0.5, "Legitimacy from full democratic forms that nobody takes for a sham.", high=1
    )
    from_recognition: Value = parameter(
        0.2, "Legitimacy at home from full recognition by peers (IN-2).", high=1
    )
    from_contradiction: Value = parameter(
        0.3, "Share of legitimacy lost where full forms are a complete sham.", unit="share", high=1
    )
    from_decline: Value = parameter(
        0.5, "Share of legitimacy lost in full decline.", unit="share", high=1
    )
    legitimacy_years: Value = parameter(
        2.0, "In which legitimacy follows its sources.", unit="years", low=0.1, high=20
    )
    wariness: Value = parameter(
        0.6, "How wary rulers of many peoples are of nationalism (IN-12).", unit="share", high=1
    )
    ideology_years: Value = parameter(
        15.0, "In which an agenda becomes a programme with a name.", unit="years", low=1, high=100
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move legitimacy at home and the programme that the regime can name."""
        now = regime.institutions
        held = either(
            now.tradition,
            now.ideology,
            self.from_popularity * regime.public.popularity,
            self.from_forms * now.facade * (1 - now.sham),
            self.from_recognition * regime.foreign.recognition,
        )
        kept = (1 - self.from_contradiction * now.contradiction) * (
            1 - self.from_decline * now.decline
        )
        programme = (1 - self.wariness) * regime.policy.agenda
        return change(
            regime,
            institutions=change(
                now,
                legitimacy=towards(now.legitimacy, held * kept, tick.step, self.legitimacy_years),
                ideology=towards(now.ideology, programme, tick.step, self.ideology_years),
            ),
        )


class SelfGovernment(Mechanism, id=135, stage=Stage.SLOW, rules=("IN-13", "EL-12"), builds_on=""):
    r"""Municipal self-government of the old zemstvo kind: an opening that technocrats accept.

    It is drawn to $g_0 + a\, t\, (1 - b\, vertical)$, with $t$ the share of technocrats in power.
    Unlike democracy at large, fear of populists does not enter (EL-12, IN-13); the vertical of
    power does.
    """

    base: Value = parameter(0.05, "Self-government without any technocrats.", high=1)
    accepted: Value = parameter(
        0.4, "Self-government that a wholly technocratic elite without a vertical would grant.",
        high=1,
    )  # fmt: skip
    squeezed: Value = parameter(
        0.8, "Share of it that a full vertical of power denies.", unit="share", high=1
    )
    years: Value = parameter(
        8.0, "In which municipalities come to life or lose it.", unit="years", low=0.5, high=50
    )

    def __call__(self, regime: Regime, tick: Tick) -> Regime:
        """Move municipal self-government."""
        now = regime.institutions
        granted = self.accepted * technocratic_share(regime) * (1 - self.squeezed * now.vertical)
        moved = towards(now.self_government, self.base + granted, tick.step, self.years)
        return change(regime, institutions=change(now, self_government=moved))

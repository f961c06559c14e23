"""The state of the subsystems beyond the court: economy, technology, public, foreign affairs, ...

A subsystem is at work in a scenario that declares it, by an entry for the slice (`economy:`) or for
one of its kinds of rows (`sectors:`). Elsewhere its fields stand at their defaults and it has no
rows, so that other mechanisms may read it in any scenario. What never changes by itself, such as
the complexity of a sector, is state as well: then an event may change it.
"""

from enum import IntEnum
from typing import Any

from jaxtyping import Array, Float, Int

from vertikal.regime.levels import code, level, pytree, row


class Choice(IntEnum):
    """What an insider does."""

    SERVE = 0
    LIE_LOW = 1
    QUIET_EXIT = 2
    NOISY_EXIT = 3
    SWITCH_SIDES = 4
    POWER_PLAY = 5


class Question(IntEnum):
    """What a survey asks."""

    SECTOR_BELIEF = 0
    REPLACEMENT = 1
    NO_FEAR_OF_SHORTAGE = 2
    DOMESTIC_PREFERENCE = 3
    EXITS_WITHOUT_EFFECT = 4
    EXITS_WITHOUT_HARM = 5
    GREAT_POWER = 6
    APPROVAL = 7


class Industry(IntEnum):
    """Which industrial policy is in force (NAD ¶8)."""

    MARKET = 0
    SOVEREIGNTY = 1


class Stance(IntEnum):
    """Which line foreign policy takes."""

    INTEGRATION = 0
    INDEPENDENCE = 1
    ASSERTION = 2


@pytree
class Defection:
    """Loyalty and exit (rules DF-1 to DF-14)."""

    stakes: Float[Array, "persons runs"] = level(
        0.5, "What a person would leave behind at home: property, kin, name."
    )
    assets_abroad: Float[Array, "persons runs"] = level(0.2, "A person's assets abroad.")
    aversion: Float[Array, "persons runs"] = level(
        0.2, "A person's moral aversion to what the regime does."
    )
    choice: Int[Array, "persons runs"] = code(Choice.SERVE, "What a person has chosen to do.")
    shock: Float[Array, " runs"] = level(0.0, "Emotional shock still felt (DF-2).")
    welcome: Float[Array, " runs"] = level(0.5, "Instrumental welcome abroad at first (DF-5).")
    acceptance: Float[Array, " runs"] = level(0.15, "Acceptance abroad in the long run (DF-5).")
    punishment: Float[Array, " runs"] = level(0.8, "Punishment at home of open dissent (DF-4).")
    pillars_lost: Float[Array, " runs"] = level(
        0.0, "Weight of those who left, by rank and rarity of the post (DF-12).", high=100.0
    )


@pytree
class Strata:
    """Groups of insiders, counted rather than named (rules DF-1 to DF-14)."""

    number: Float[Array, "strata runs"] = level(
        100.0, "Members of a stratum still at their posts.", high=1e6, unit="persons"
    )
    rank: Float[Array, "strata runs"] = level(0.5, "Rank of a stratum.")
    stakes: Float[Array, "strata runs"] = level(0.5, "Domestic stakes of a stratum's members.")
    abroad: Float[Array, "strata runs"] = level(0.2, "Assets abroad of a stratum's members.")
    sincerity: Float[Array, "strata runs"] = level(
        0.2, "Share of a stratum that acts on feeling or principle."
    )
    aversion: Float[Array, "strata runs"] = level(
        0.2, "Moral aversion of a stratum's members to what the regime does (DF-13)."
    )
    replaceable: Float[Array, "strata runs"] = level(
        0.5, "How easily a member of a stratum is replaced (DF-12)."
    )
    force: Float[Array, "strata runs"] = level(
        0.0, "Force within reach of a stratum: who may play for power (DF-9)."
    )
    serving: Float[Array, "strata runs"] = level(
        0.7, "Share of a stratum that serves rather than lies low and waits (LD-6)."
    )
    quiet: Float[Array, "strata runs"] = level(
        0.0, "Quiet exits from a stratum so far.", high=1e6, unit="persons"
    )
    noisy: Float[Array, "strata runs"] = level(
        0.0, "Noisy exits from a stratum so far.", high=1e6, unit="persons"
    )
    switched: Float[Array, "strata runs"] = level(
        0.0, "Members of a stratum who have switched sides.", high=1e6, unit="persons"
    )
    plays: Float[Array, "strata runs"] = level(
        0.0, "Power plays begun from a stratum so far.", high=1e6, unit="plays"
    )
    plotting: Float[Array, "strata runs"] = level(
        0.0, "1 in a tick in which a stratum makes a power play, else 0."
    )


@pytree
class Economy:
    """The resource state (rules EC-1 to EC-17)."""

    price: Float[Array, " runs"] = level(
        50.0, "World price of oil.", low=1.0, high=500.0, unit="dollars a barrel"
    )
    volume: Float[Array, " runs"] = level(1.0, "Volume extracted; 1 at the start.", high=5.0)
    rent: Float[Array, " runs"] = level(0.2, "Resource rent.", unit="share of output")
    earnings: Float[Array, " runs"] = level(
        0.0,
        "Price times volume when the rent was last reckoned; 0 before the first time.",
        high=2500.0,
        unit="dollars a barrel",
        follows="price and volume of the last tick",
    )
    reckoned_rent: Float[Array, " runs"] = level(
        0.0,
        "Rent as it was last reckoned from the price; 0 before the first time.",
        unit="share of output",
        follows="the rent of the last tick",
    )
    usual_rent: Float[Array, " runs"] = level(
        -1.0,
        "Rent that the state is used to (EC-4); at -1, which says nothing, the one it begins with.",
        low=-1.0,
        unit="share of output",
    )
    normal_price: Float[Array, " runs"] = level(
        51.0,
        "Long-run mean of the price of oil; a constant.",
        low=1.0,
        high=500.0,
        unit="dollars a barrel",
        follows="the process of the price",
    )
    fund: Float[Array, " runs"] = level(0.0, "Windfall saved.", high=5.0, unit="years of output")
    debt: Float[Array, " runs"] = level(
        0.2, "Debt to Western creditors.", high=3.0, unit="years of output"
    )
    state_share: Float[Array, " runs"] = level(
        0.5, "Share of the economy under state supervision.", unit="share"
    )
    administered: Float[Array, " runs"] = level(
        0.0, "Share of private business run by administrative means (EL-15).", unit="share"
    )
    dependence: Float[Array, " runs"] = level(
        0.7, "Dependence of the managers of state firms on the bureaucracy (EC-6)."
    )
    property_security: Float[Array, " runs"] = level(0.4, "Security of property.")
    concentration: Float[Array, " runs"] = level(
        0.5, "Share of rents that goes to the ruling elite.", unit="share"
    )
    spending: Float[Array, " runs"] = level(
        0.35, "Spending of the state.", unit="share of output a year"
    )
    payout: Float[Array, " runs"] = level(
        0.1,
        "Rents paid for loyalty.",
        unit="share of output a year",
        follows="rent, its concentration and the budget",
    )
    entitlement: Float[Array, " runs"] = level(
        0.0,
        "What insiders have come to expect to be paid; 0 before the first payment.",
        high=2.0,
        unit="share of output a year",
        follows="what was paid in the last years",
    )
    pool: Float[Array, " runs"] = level(
        0.0, "Confiscated and abandoned assets to hand out (EC-12).", unit="years of output"
    )
    handed_out: Float[Array, " runs"] = level(
        0.0,
        "Assets being handed out to loyalists now.",
        unit="share of output a year",
        follows="the pool",
    )
    foreign_firms: Float[Array, " runs"] = level(0.5, "Presence of foreign firms.")
    exits_settled: Float[Array, " runs"] = level(
        -1.0,
        "Exits of foreign firms whose assets have been disposed of; -1 before the first reckoning.",
        low=-1.0,
        unit="share",
        follows="exits up to the last tick",
    )
    budget: Float[Array, "5 runs"] = level(
        0.2, "Share of each line in the state's budget.", unit="share"
    )
    stress: Float[Array, " runs"] = level(0.2, "Budget stress.")
    key_rate: Float[Array, " runs"] = level(0.1, "Key rate.", high=10.0, unit="per year")
    inflation: Float[Array, " runs"] = level(
        0.06, "Inflation.", low=-0.2, high=10.0, unit="per year"
    )
    output: Float[Array, " runs"] = level(1.0, "Output; 1 at the start.", low=0.01, high=100.0)
    growth: Float[Array, " runs"] = level(
        0.02, "Growth of output.", low=-0.5, high=0.5, unit="per year"
    )
    investment: Float[Array, " runs"] = level(0.2, "Investment.", unit="share of output")
    modernisation: Float[Array, " runs"] = level(0.4, "Modernity of the economy.")
    population: Float[Array, " runs"] = level(
        1.0, "Population; 1 at the start.", low=0.01, high=100.0
    )
    territory: Float[Array, " runs"] = level(0.5, "Value put on territory (EC-5).")
    vulnerability: Float[Array, " runs"] = level(
        0.3, "Felt vulnerability of a large and thinly peopled land (EC-8)."
    )


@pytree
class Technology:
    """Sectors under sanctions (rules TE-1 to TE-12)."""

    complexity: Float[Array, "sectors runs"] = level(0.5, "Technological complexity of a sector.")
    import_dependence: Float[Array, "sectors runs"] = level(
        0.5, "Share of a sector's inputs that comes from abroad.", unit="share"
    )
    capability: Float[Array, "sectors runs"] = level(
        0.4, "Home capability of a sector; 1 is the world's frontier."
    )
    priority: Float[Array, "sectors runs"] = level(0.5, "Priority that policy gives a sector.")
    parallel_ease: Float[Array, "sectors runs"] = level(
        0.4, "Share of cut inputs that parallel imports can return (TE-4)."
    )
    availability: Float[Array, "sectors runs"] = level(
        0.9, "How far a sector's goods are to be had."
    )
    failures: Float[Array, "sectors runs"] = level(
        0.1, "Failures of a sector that people see (TE-5)."
    )
    industry: Int[Array, " runs"] = code(Industry.MARKET, "Industrial policy in force.")
    securitised: Float[Array, " runs"] = level(
        0.2, "How far foreign products count as a threat (TE-9)."
    )
    effort: Float[Array, " runs"] = level(0.2, "Effort at import substitution (TE-1).")
    showcase: Float[Array, " runs"] = level(0.2, "Weight of staged success stories (TE-6).")
    specialists: Float[Array, " runs"] = level(
        1.0, "Stock of specialists; 1 at the start.", high=3.0
    )
    emigration: Float[Array, " runs"] = level(
        0.01, "Rate at which specialists leave.", unit="per year"
    )
    chinese_supply: Float[Array, " runs"] = level(
        0.3, "Share of cut inputs that China supplies (TE-8)."
    )
    parallel: Float[Array, " runs"] = level(
        0.2, "Parallel trade in being, as a share of what it can become (TE-4)."
    )
    fund_size: Float[Array, " runs"] = level(
        0.0, "Home technologies aimed at in a fund of key technologies.", high=1000.0
    )
    fund_density: Float[Array, " runs"] = level(
        0.1, "Chance that a technology rests on a given more basic one."
    )
    sovereign: Float[Array, " runs"] = level(
        0.0,
        "Share of key technologies mastered at home with all that they rest on.",
        unit="share",
        follows="capability and the fund of key technologies",
    )


@pytree
class Public:
    """Opinion and narrative (rules PN-1 to PN-16)."""

    share: Float[Array, "cohorts runs"] = level(0.5, "Share of a cohort in the population.")
    soviet_memory: Float[Array, "cohorts runs"] = level(
        0.5, "How far a cohort remembers the USSR (PN-3)."
    )
    crisis_memory: Float[Array, "cohorts runs"] = level(
        0.5, "How far a cohort remembers the crisis of the 1990s (PN-3)."
    )
    resonance: Float[Array, "cohorts runs"] = level(
        0.5, "How far official narratives ring true to a cohort."
    )
    great_power: Float[Array, "cohorts runs"] = level(
        0.6, "Belief of a cohort that the country is a great power (PN-4)."
    )
    intensity: Float[Array, "themes runs"] = level(
        0.2, "Intensity of a theme in official narrative."
    )
    triumph: Float[Array, "themes runs"] = level(
        0.3, "How far a theme draws on remembered triumphs (PN-10)."
    )
    identity: Float[Array, "themes runs"] = level(
        0.5, "How far a theme answers stress of identity (PN-2)."
    )
    wear: Float[Array, "themes runs"] = level(
        0.0, "How far a theme has been worn out by use (PN-11)."
    )
    belief: Float[Array, "sectors runs"] = level(
        0.5, "Belief that a sector can do without imports (PN-6)."
    )
    asks: Int[Array, "surveys runs"] = code(Question.APPROVAL, "What a survey asks.")
    about: Int[Array, "surveys runs"] = row("sector", "The sector that a survey asks about.")
    bias: Float[Array, "surveys runs"] = level(
        0.0, "Lean of a pollster towards the official answer (PN-8).", low=-1.0
    )
    metropolitan: Float[Array, "surveys runs"] = level(
        0.0, "How far a survey's frame is the capital alone (PN-8)."
    )
    candour: Float[Array, "surveys runs"] = level(
        0.6, "How freely people answer a pollster when they are afraid."
    )
    answer: Float[Array, "surveys runs"] = level(
        0.5,
        "Share that a survey taken now would report.",
        unit="share",
        follows="opinion, frame, bias and fear",
    )
    identity_stress: Float[Array, " runs"] = level(0.2, "Anxiety about what the country is (PN-1).")
    narrative: Float[Array, " runs"] = level(
        0.3, "Intensity of official narrative as a whole, as people at home hear it."
    )
    narrative_abroad: Float[Array, " runs"] = level(
        0.0, "Intensity of official narrative as the West and the wider world hear it (PN-5)."
    )
    continuity: Float[Array, " runs"] = level(
        0.5, "Sense of continuity that narrative gives (PN-2)."
    )
    credibility: Float[Array, " runs"] = level(0.6, "Credibility of official claims (TE-5).")
    media_freedom: Float[Array, " runs"] = level(0.3, "How far failures can be reported.")
    life: Float[Array, " runs"] = level(0.6, "Quality of life as felt.")
    shortage_fear: Float[Array, " runs"] = level(0.2, "Fear of shortages.")
    domestic_preference: Float[Array, " runs"] = level(
        0.5, "Preference for home products at the same price."
    )
    esteem_of_west: Float[Array, " runs"] = level(
        0.6, "Regard for the West as developed and affluent (PN-12)."
    )
    popularity: Float[Array, " runs"] = level(0.6, "The leader's popularity, in private (LD-7).")
    liberal_base: Float[Array, " runs"] = level(
        0.03, "Share of people who hold liberal ideas (PN-13, EL-17)."
    )
    populist_base: Float[Array, " runs"] = level(
        0.2, "Share of people whom populists could win (PN-14)."
    )
    discontent: Float[Array, " runs"] = level(
        0.3, "Share of people who would rather see the regime go.", unit="share"
    )
    mood: Float[Array, " runs"] = level(
        0.0, "Passing boldness of the streets, by which thresholds of protest shift.", low=-1.0
    )
    unrest: Float[Array, " runs"] = level(0.0, "Share of people in open protest.", unit="share")


@pytree
class Institutions:
    """Imitated and real institutions (rules IN-1 to IN-15)."""

    tradition: Float[Array, " runs"] = level(
        0.1, "Support that monarchy, army rule or ideology lends the regime (IN-1)."
    )
    facade: Float[Array, " runs"] = level(0.6, "Strength of democratic forms (IN-1).")
    sham: Float[Array, " runs"] = level(0.4, "How far elections are seen as a sham (IN-2).")
    contradiction: Float[Array, " runs"] = level(
        0.24,
        "Contradiction between democratic language and authoritarian practice (IN-6).",
        follows="facade and sham",
    )
    recognition_wish: Float[Array, " runs"] = level(
        0.5, "The elite's wish to be certified as a democracy (IN-2)."
    )
    restraint: Float[Array, " runs"] = level(
        0.2, "Restraint that the need of recognition puts on the regime (IN-3)."
    )
    legitimacy: Float[Array, " runs"] = level(0.5, "Legitimacy at home.")
    selective_justice: Float[Array, " runs"] = level(0.5, "How selectively law is applied (IN-5).")
    oversight: Float[Array, " runs"] = level(0.2, "Oversight over the state machine (IN-5).")
    capital: Float[Array, " runs"] = level(
        0.3, "Institutional capital: law, property, civil society, parties (IN-7)."
    )
    declared: Float[Array, " runs"] = level(0.4, "Institutional capital as officially declared.")
    vertical: Float[Array, " runs"] = level(0.6, "Strength of the vertical of power (IN-8).")
    disorder: Float[Array, " runs"] = level(0.2, "Disorder that people live through (IN-8).")
    order_demand: Float[Array, " runs"] = level(
        0.2, "Demand for order and stabilisation that disorder leaves behind (IN-8)."
    )
    mobility: Float[Array, " runs"] = level(0.4, "Social mobility between estates (IN-10).")
    vested: Float[Array, " runs"] = level(0.5, "Weight of vested interests (IN-9).")
    decline: Float[Array, " runs"] = level(0.2, "Decline of the regime by type (IN-9).")
    ideology: Float[Array, " runs"] = level(
        0.1, "A programme of its own that the regime can name (IN-11, IN-12, NB-7)."
    )
    self_government: Float[Array, " runs"] = level(0.1, "Municipal self-government (IN-13).")


@pytree
class Foreign:
    """Stance towards the world, the West and China (rules of FP, WE and CH)."""

    stance: Int[Array, " runs"] = code(Stance.INDEPENDENCE, "The line that foreign policy takes.")
    turns: Float[Array, " runs"] = level(
        0.0, "Changes of the line so far (FP-4, IN-6).", high=1000.0
    )
    integration: Float[Array, " runs"] = level(0.4, "Weight of integration with the West.")
    independence: Float[Array, " runs"] = level(
        0.4, "Weight of proclaimed strategic independence (FP-2)."
    )
    assertion: Float[Array, " runs"] = level(0.2, "Assertion in the neighbourhood (FP-3, NB-5).")
    focus: Float[Array, " runs"] = level(
        0.3, "Attention to the neighbourhood as the main line (FP-3, NB-8)."
    )
    prospect: Float[Array, " runs"] = level(0.4, "Prospect of integration with the West (FP-2).")
    attachment: Float[Array, " runs"] = level(
        0.5, "The elite's personal attachment to the West (FP-4, WE-5)."
    )
    attraction: Float[Array, " runs"] = level(0.5, "Attraction, or soft power (NB-5).")
    egoism: Float[Array, " runs"] = level(0.5, "Openly egoistic rhetoric (NB-1, NB-9).")
    multipolarity: Float[Array, " runs"] = level(0.3, "Weight of the doctrine of poles (FP-6).")
    threat: Float[Array, " runs"] = level(0.3, "Threat that the rulers perceive.")
    suspicion: Float[Array, " runs"] = level(0.4, "Mutual suspicion with the West (FP-11).")
    interdependence: Float[Array, " runs"] = level(
        0.5, "Economic interdependence with the West (FP-13)."
    )
    private_gain: Float[Array, " runs"] = level(
        0.3, "Share of foreign moves made for private gain (FP-8, EC-13).", unit="share"
    )
    west_strength: Float[Array, " runs"] = level(0.7, "Strength of the West (FP-10).")
    west_unity: Float[Array, " runs"] = level(0.6, "Unity of the West.")
    west_opening: Float[Array, " runs"] = level(
        0.4, "Readiness of the West for better relations (EL-9, WE-3)."
    )
    enlargement: Float[Array, " runs"] = level(
        0.3, "Prospect of Western enlargement in the neighbourhood (WE-2)."
    )
    recognition: Float[Array, " runs"] = level(0.4, "Recognition granted by the West (IN-4).")
    help: Float[Array, " runs"] = level(0.1, "Western help against need (WE-4).")
    sanctions: Float[Array, " runs"] = level(0.0, "Intensity of sanctions (WE-1).")
    expected_sanctions: Float[Array, " runs"] = level(
        0.1, "Sanctions that the rulers reckon with (TE-2)."
    )
    exits: Float[Array, " runs"] = level(
        0.0, "Share of foreign firms that have left (WE-1).", unit="share"
    )
    china_success: Float[Array, " runs"] = level(
        0.0, "How far technocratic rule in China is seen to succeed; 0 where nobody looks (CH-2)."
    )
    china_ties: Float[Array, " runs"] = level(0.4, "Cooperation with China (CH-1).")
    china_warmth: Float[Array, " runs"] = level(0.4, "Warmth of what Beijing says (CH-3).")


@pytree
class Neighbours:
    """States in the neighbourhood (rules NB-1 to NB-10)."""

    size: Float[Array, "neighbours runs"] = level(
        0.05, "Size of a neighbour against the hegemon.", low=0.0001, high=10.0, unit="ratio"
    )
    autocracy: Float[Array, "neighbours runs"] = level(0.6, "How autocratic a neighbour is.")
    energy: Float[Array, "neighbours runs"] = level(
        0.5, "A neighbour's dependence on the hegemon's energy and trade."
    )
    western_option: Float[Array, "neighbours runs"] = level(
        0.4, "A neighbour's option in the West."
    )
    eastern_option: Float[Array, "neighbours runs"] = level(
        0.1, "A neighbour's option in China or elsewhere."
    )
    affinity: Float[Array, "neighbours runs"] = level(
        0.5, "Ties of language, culture and church (NB-5)."
    )
    fear: Float[Array, "neighbours runs"] = level(
        0.5, "Fear of a neighbour's leader to lose power to the hegemon (NB-4)."
    )
    alignment: Float[Array, "neighbours runs"] = level(
        0.4, "Alignment of a neighbour with the hegemon."
    )
    balancing: Float[Array, "neighbours runs"] = level(
        0.3, "How far a neighbour balances against the hegemon (NB-5, NB-6)."
    )
    union: Float[Array, "neighbours runs"] = level(
        0.1, "Depth of a neighbour's integration with the hegemon (NB-2)."
    )
    pressure: Float[Array, "neighbours runs"] = level(
        0.2, "Energy and trade pressure on a neighbour (NB-4)."
    )
    manoeuvre: Float[Array, "neighbours runs"] = level(
        0.2, "A neighbour's manoeuvring between the great powers (NB-4)."
    )
    concession: Float[Array, "neighbours runs"] = level(
        0.1, "What a neighbour has conceded to pressure."
    )
    support: Float[Array, "neighbours runs"] = level(
        0.2, "The hegemon's support for a neighbour's rulers (NB-3, NB-10)."
    )
    compensation: Float[Array, "neighbours runs"] = level(
        0.0, "Veto or rents offered for delegated power."
    )
    disputes: Float[Array, "neighbours runs"] = level(
        0.0, "Disputes over energy and trade so far (NB-4).", high=1000.0
    )


@pytree
class War:
    """A war of choice (rules WR-1 to WR-8)."""

    intensity: Float[Array, " runs"] = level(0.0, "Intensity of the fighting; 0 in peace.")
    fortunes: Float[Array, " runs"] = level(0.0, "Fortunes of war, from rout to victory.", low=-1.0)
    cost: Float[Array, " runs"] = level(0.0, "Cost of the war.", high=1.0, unit="share of output")
    years: Float[Array, " runs"] = level(0.0, "Duration of the war.", high=100.0, unit="years")
    wars: Float[Array, " runs"] = level(0.0, "Wars begun so far.", high=1000.0)
    mobilisation: Float[Array, " runs"] = level(0.0, "Mobilisation for the war.")
    efficiency: Float[Array, " runs"] = level(0.5, "Efficiency of the war effort (EL-8).")
    will_to_end: Float[Array, " runs"] = level(0.2, "Will to end the war (WR-5).")
    defeat: Float[Array, " runs"] = level(0.0, "Defeat as insiders perceive it (DF-9).")
    human_waves: Float[Array, " runs"] = level(0.3, "Reliance on human-wave tactics (WR-4).")


@pytree
class Opposition:
    """Opposition, exiles, openings (rules OP-1 to OP-6)."""

    seriousness: Float[Array, " runs"] = level(0.3, "Seriousness of the opposition (OP-3).")
    realism: Float[Array, " runs"] = level(
        0.4, "How far the exiles' discussion keeps in touch with reality (OP-1)."
    )
    hostility: Float[Array, " runs"] = level(
        0.7, "Hostility of the exiles towards defectors (OP-2)."
    )
    weight: Float[Array, " runs"] = level(0.05, "Political weight of the opposition.")
    receptivity: Float[Array, " runs"] = level(
        0.2, "Technocrats' openness to the opposition's ideas (EL-16)."
    )
    esteem: Float[Array, " runs"] = level(
        0.4, "How high opposition-minded experts rate the cabinet (OP-5)."
    )
    local: Float[Array, " runs"] = level(
        0.1, "Municipal self-government that technocrats would grant (EL-12)."
    )
    reconciliation: Float[Array, " runs"] = level(
        0.1, "Push of technocrats for reconciliation with the West (EL-9)."
    )
    opening: Float[Array, " runs"] = level(
        0.0, "Opening of the system: law, some democracy (OP-6)."
    )
    populism: Float[Array, " runs"] = level(0.2, "Strength of populism (PN-14).")


@pytree
class LongRun:
    """Backwardness, mobilisation and stagnation (rules LR-1 to LR-11)."""

    gap: Float[Array, " runs"] = level(0.4, "Backwardness against the leading states.")
    perceived_gap: Float[Array, " runs"] = level(
        0.4, "Backwardness as it is perceived, whatever is said officially (LR-10)."
    )
    threat: Float[Array, " runs"] = level(0.3, "External threat as perceived (LR-1).")
    danger: Float[Array, " runs"] = level(0.2, "External danger from outside the model.")
    mobilisation: Float[Array, " runs"] = level(0.2, "Mobilisation of all resources (LR-1).")
    privilege: Float[Array, " runs"] = level(0.3, "Privileges of the service class (LR-3).")
    stagnation: Float[Array, " runs"] = level(0.3, "Stagnation (LR-3).")
    rigidity: Float[Array, " runs"] = level(0.3, "Rigidity of castes or estates (LR-2).")
    service: Float[Array, " runs"] = level(0.3, "Hold of the service class on society (LR-2).")
    conflict: Float[Array, " runs"] = level(0.2, "Conflict with advanced states (LR-5).")
    rent: Float[Array, " runs"] = level(0.2, "Resource rent in the long run (LR-6).")
    territory: Float[Array, " runs"] = level(0.5, "Territory; 1 at its largest (LR-8).")
    people: Float[Array, " runs"] = level(0.3, "Population; 1 at its largest (LR-8).")
    institutions: Float[Array, " runs"] = level(0.1, "Institutional capital in the long run.")
    revolution: Float[Array, " runs"] = level(
        0.0, "1 while a service-class revolution is under way, else 0 (LR-4)."
    )
    revolutions: Float[Array, " runs"] = level(
        0.0, "Service-class revolutions so far (LR-4).", high=1000.0
    )
    collapses: Float[Array, " runs"] = level(
        0.0, "Collapses of the order so far (LR-9).", high=1000.0
    )
    age: Float[Array, " runs"] = level(
        20.0, "Years since the last one ended.", high=2000.0, unit="years"
    )


@pytree
class Campaign:
    """A campaign of cases made an example of, and whom it reached (rules CO-1 to CO-12)."""

    last_office: Int[Array, "persons runs"] = row(
        "office", "The highest office that a person holds, or the one held last."
    )
    arrested: Float[Array, "offices runs"] = level(
        0.0, "Holders of an office arrested in it so far.", high=1e6, unit="persons"
    )
    arrested_after: Float[Array, "offices runs"] = level(
        0.0, "People arrested so far who had left an office and held none.", high=1e6,
        unit="persons",
    )  # fmt: skip


@pytree
class SuccessionRule:
    """An open rule for the transfer of power (rule CL-4)."""

    heir: Int[Array, " runs"] = row("office", "The office whose holder follows by law.")
    strength: Float[Array, " runs"] = level(
        0.5, "How far the rule is kept: the chance that the heir by law follows."
    )
    restraint: Float[Array, " runs"] = level(
        0.0,
        "Part of plots, tests of the coalition and stakes that the rule takes away.",
        follows="the strength of the rule and whether there is an heir",
    )
    truce: Float[Array, " runs"] = level(
        0.0,
        "Part of the war between clans that the rule takes away.",
        follows="the restraint of the rule",
    )


@pytree
class Uprising:
    """Whether the streets can unseat a leader, and how often they have. Added to the system."""

    falls: Float[Array, " runs"] = level(
        0.0, "Leaders driven out by the streets so far.", high=1000.0
    )


SUBSYSTEMS: dict[str, Any] = {
    "defection": Defection,
    "strata": Strata,
    "economy": Economy,
    "technology": Technology,
    "public": Public,
    "institutions": Institutions,
    "foreign": Foreign,
    "neighbours": Neighbours,
    "war": War,
    "opposition": Opposition,
    "long_run": LongRun,
    "campaign": Campaign,
    "succession_rule": SuccessionRule,
    "uprising": Uprising,
}
"""The slices that a scenario may declare, by the name of their module and of their section."""

"""The regime: its state, the mechanisms that move it, and the order in which they act.

Read in this order: `regime` (the whole state), `mechanism` (what a mechanism, a parameter and a
tick are), `batch` and `chance` (idioms and random draws for authors), then one module for each
section of the system: `elite`, `clans`, `nomenklatura`, `leader`, `coercion`,
`military_industry`; `power` is the currency that they share, `script` what a scenario imposes from
outside, `schedule` the order of a tick, `events` what happened, read off two successive states.
"""

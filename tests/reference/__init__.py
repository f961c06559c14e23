"""The court model a second time, in plain NumPy, to be held against the compiled one.

It says what the mechanisms' equations and rules say, in another manner: state is changed in place,
what is rare is worked run by run, the succession game is solved by its definition, and outcomes are
read off whole histories after the fact. No mechanism and no formal model of the package is called.
Shared with the compiled model are only the containers of the state, the tables that a scenario
resolves to, and the cipher of the draws. `court_numpy.play_numpy` plays histories.

Where rounding in single precision may decide (a draw beside its probability, two candidates alike),
the reference notes a doubt for that run, so that every later difference can be traced to one.
"""

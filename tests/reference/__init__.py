"""The court model a second time, in plain NumPy, to be held against the compiled one.

It is written from the equations and rules that the mechanisms state, not from their code: state is
changed in place, what is rare is worked run by run, and the succession game is solved by its
definition. Shared with the compiled model are only the containers of the state, the tables that a
scenario resolves to, and the cipher of the draws. `court_numpy.play_numpy` plays histories.

Where rounding in single precision may decide (a draw beside its probability, two candidates alike),
the reference notes a doubt for that run, so that every later difference can be traced to one.
"""

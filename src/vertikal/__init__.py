"""vertikal: a laboratory for the politics of authoritarian, patronal regimes."""

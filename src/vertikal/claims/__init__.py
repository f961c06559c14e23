"""Claims: arguments put to the test.

In reading order: `sequential` (evidence that may be looked at after every batch), `verdicts`
(supported, fragile, contradicted, and when that is settled).
"""

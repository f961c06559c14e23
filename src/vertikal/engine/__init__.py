"""Ensembles: many histories of one scenario, worked in blocks and kept safe on disk.

Read in this order: `blocks` (what a program gives back and how it becomes Parquet), `manifest`
(what a run directory says about itself), `durable` and `ledger` (how a file and a line are written
so that a crash loses nothing), `store` (the run directory), `simulate` (who works which block,
and what happens on Ctrl-C), `ensemble` (the finished histories as tables and arrays), `lazy`
(series read column by column), `export` (CSV, NetCDF, Zarr), `progress` (rate and time left).

The rules that everything here rests on: a block of histories is a pure function of its first run
and its count; it is stored whole or not at all; the ledger names what is stored. So the same seed
gives the same bytes for any number of workers, any order of work and any number of interruptions.
"""

"""Formal models of authoritarian politics: one model a file, arrays in, arrays out."""

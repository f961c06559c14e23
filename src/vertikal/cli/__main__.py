"""`python -m vertikal.cli`: the command line without its launcher."""

from vertikal.cli import main

if __name__ == "__main__":
    main()

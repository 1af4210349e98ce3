"""`python -m boucle`: the command line."""

from boucle.cli import main

if __name__ == "__main__":
    main()

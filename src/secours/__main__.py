"""`python -m secours` is the command `secours`."""

from secours.cli import main

if __name__ == "__main__":
    main()

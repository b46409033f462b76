"""What a command raises when it cannot do what was asked."""


class Refused(Exception):
    """A mistake of the user or of the machine; the text is all there is to say."""

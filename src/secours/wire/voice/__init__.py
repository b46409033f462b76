"""Voice calls, placed and heard: by an account at an exchange, or a modem."""

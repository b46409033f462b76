"""SMTP and IMAP, and the test message that goes from one to the other."""

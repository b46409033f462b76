"""SIP: messages, registration and its digest."""

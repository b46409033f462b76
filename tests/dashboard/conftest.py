from dashboard.served import rooms

__all__ = ["rooms"]

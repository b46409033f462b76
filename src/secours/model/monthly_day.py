"""A day of each month, such as its first Thursday."""

from datetime import date, timedelta

from msgspec import Struct


class MonthlyDay(Struct, frozen=True, kw_only=True):
    """A day of each month, such as its first Thursday."""

    week: int  # 1 is the first of them in a month, -1 the last
    weekday: int  # 0 is Monday

    def in_month(self, of: date) -> date:
        """Return that day in the month of a date."""
        first = of.replace(day=1)
        days = (self.weekday - first.weekday()) % 7
        if self.week > 0:
            return first + timedelta(days=days + 7 * (self.week - 1))
        fifth = first + timedelta(days=days + 28)
        return fifth if fifth.month == of.month else fifth - timedelta(days=7)

    def next_from(self, day: date) -> date:
        """Return the first such day on or after another."""
        found = self.in_month(day)
        following = (day.replace(day=1) + timedelta(days=31)).replace(day=1)
        return found if found >= day else self.in_month(following)

"""What is said of people's own words: marks, pins, exercises, announcements."""

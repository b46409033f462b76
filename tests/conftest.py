from hypothesis import HealthCheck, settings

# The time a test takes depends on the machine; how much it looks at does not.
settings.register_profile(
    "secours", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("secours")

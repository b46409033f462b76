from plans import channel, component, plan

from secours.core.audit.worst import WorstFailure, worst_failure

CONFIG = plan(
    component("power:grid"),
    component("internet:fibre", "power:grid", autonomy_s=60.0),
    component("carrier:a", "power:grid", autonomy_s=600.0),
    component("sat:b"),
    channel("mail", "internet:fibre"),
    channel("chat", "internet:fibre"),
    channel("sms", "carrier:a"),
    channel("satphone", "sat:b"),
    channel("runner"),
    channel("dark", needs_known=False),
)


def test_worst_is_what_leaves_least_once_batteries_are_empty() -> None:
    found = worst_failure(CONFIG, ("mail", "chat", "sms", "satphone"))

    assert found == WorstFailure(name="power:grid", left=("satphone",), after_s=600.0)


def test_of_those_that_leave_as_many_the_worst_takes_more_at_once() -> None:
    found = worst_failure(CONFIG, ("mail", "chat", "satphone"))

    assert found == WorstFailure(name="internet:fibre", left=("satphone",), after_s=0.0)


def test_worst_of_a_channel_that_is_alone_is_that_channel() -> None:
    found = worst_failure(CONFIG, ("runner",))

    assert found == WorstFailure(name="channel:runner", left=(), after_s=0.0)


def test_channels_that_need_nothing_have_no_worst_failure() -> None:
    assert worst_failure(plan(channel("a"), channel("b")), ("a", "b")) is None


def test_a_channel_whose_needs_are_not_known_falls_with_everything() -> None:
    found = worst_failure(CONFIG, ("satphone", "dark"))

    assert found == WorstFailure(name="sat:b", left=(), after_s=0.0)

from msgspec.structs import replace
from plans import channel, plan, probe

from secours.core.audit.switch_times import Promise, detection_limit_s, promises
from secours.model.sections.field_types import Duration
from secours.probes import heartbeat

QUICK = probe("mail", confirm=2, interval_s=60.0, timeout_s=10.0, retry_every_s=5.0)


def test_the_plan_bounds_how_long_a_failure_can_go_unseen() -> None:
    paid = probe("sms", "round", cost=True, interval_s=900.0, timeout_s=60.0)
    optional = probe("web", required=False, interval_s=1.0)

    assert detection_limit_s([QUICK]) == 60 + 10 + 5 + 10
    assert detection_limit_s([paid, optional]) == 900 + 60 + 900 + 60
    assert detection_limit_s([paid, QUICK]) == 85
    assert detection_limit_s([optional]) is None


def test_a_channel_in_use_is_left_sooner_for_it_is_watched() -> None:
    config = plan(channel("mail", probes=(QUICK,)))

    assert promises(config) == (
        Promise(
            channel="mail",
            confirm=2,
            switch_s=15 + 10 + 5 + 10,
            slowest_s=15 + 10 + 5 + 10,
            recover=2,
            back_after_s=600.0,
            own=False,
        ),
    )


def test_what_only_a_slow_test_sees_takes_longer() -> None:
    slow = probe("mail", "round", cost=True, interval_s=900.0, timeout_s=60.0)

    (mail,) = promises(plan(channel("mail", probes=(QUICK, slow))))

    assert (mail.switch_s, mail.slowest_s) == (40, 900 + 60 + 900 + 60)


def test_all_ways_of_a_test_must_fail() -> None:
    slow = replace(QUICK, id="channels/mail/slow", via="4g", timeout_s=20.0)

    (mail,) = promises(plan(channel("mail", probes=(slow, QUICK))))

    assert (mail.switch_s, mail.slowest_s) == (60, 60)


def test_what_reports_in_may_be_silent_before() -> None:
    settings = heartbeat.Settings(every=Duration(300), grace=Duration(60))
    beat = replace(QUICK, type="heartbeat", settings=settings)

    (mail,) = promises(plan(channel("mail", probes=(beat,))))

    assert mail.switch_s == 360 + 40


def test_a_rule_of_the_plans_own_is_told_from_the_usual_one() -> None:
    patient = channel("mail", probes=(replace(QUICK, confirm=4),))

    (own,) = promises(plan(patient))
    (held,) = promises(plan(channel("mail"), failback_after_s=60.0))

    assert (own.own, own.confirm) == (True, 4)
    assert (held.own, held.back_after_s) == (True, 60.0)


def test_what_nothing_tests_is_left_on_a_persons_word() -> None:
    hint = channel("radio", probes=(probe("radio", hint=True),))

    (radio,) = promises(plan(hint))

    assert (radio.confirm, radio.switch_s, radio.recover) == (None, None, None)

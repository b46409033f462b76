from plans import channel, component, plan

from secours.core.audit.remedy import spares
from secours.model.plan import Line, Purpose, Tier


def test_a_spare_serves_the_line_is_not_in_it_and_outlives_what_fails() -> None:
    config = plan(
        component("power:grid"),
        component("carrier:a", "power:grid", autonomy_s=60.0),
        channel("sms", "carrier:a", traits={"e2e": "yes"}),
        channel("radio", traits={"e2e": "yes"}),
        channel("siren", "power:grid", traits={"e2e": "yes"}),
        channel("open"),
        channel("dark", needs_known=False, traits={"e2e": "yes"}),
        channel("chat", purposes=frozenset({Purpose.COORDINATE})),
        channel("phone", traits={"e2e": "yes"}),
    )
    line = Line(
        purpose=Purpose.ALERT,
        audience="staff",
        tiers=((Tier.PRIMARY, ("phone",)),),
        require=("e2e",),
    )

    assert spares(config, line, {"power:grid"}) == ("radio",)
    assert spares(config, line, ()) == ("sms", "radio", "siren")

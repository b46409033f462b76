"""SQL of the questions that a reader of the history asks."""

WHOLE = """
p.text, r.at, r.steady_ms, r.verdict, r.evidence, reason.text, facts.text,
       warnings.text, r.latency_us, r.retry_after_ms
FROM text p JOIN result r ON r.probe = p.id
LEFT JOIN text reason ON reason.id = r.reason
LEFT JOIN text facts ON facts.id = r.facts
LEFT JOIN text warnings ON warnings.id = r.warnings
"""
RESULTS = f"""
SELECT {WHOLE}
WHERE p.text = ? AND r.at >= ? AND r.at <= ?
ORDER BY r.at DESC LIMIT ?
"""
FIRST_FAILURE = f"""
SELECT {WHOLE}
WHERE p.text = ? AND r.verdict = 2 AND r.at >= ? AND r.at <= ?
ORDER BY r.at LIMIT 1
"""
LATENCIES = """
SELECT r.latency_us, r.at FROM text p JOIN result r ON r.probe = p.id
WHERE p.text = ? AND r.verdict < 2 AND typeof(r.latency_us) = 'integer'
AND r.at >= ? AND r.at <= ?
ORDER BY r.at DESC LIMIT ?
"""
TALLY = """
SELECT ifnull(sum(verdict < 2), 0), ifnull(sum(verdict = 2), 0)
FROM text p JOIN result r ON r.probe = p.id
WHERE p.text = ? AND r.at >= ? AND r.at < ?
"""
TIMINGS = """
SELECT r.at, r.verdict, r.latency_us FROM text p JOIN result r ON r.probe = p.id
WHERE p.text = ? AND r.at >= ? AND r.at <= ?
ORDER BY r.at DESC LIMIT ?
"""
CHANGES = """
SELECT at, steady_ms, subject, name, before, after, reason, facts FROM transition
"""
TRANSITIONS = f"""{CHANGES}
WHERE at >= ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?
"""
RECORDED = f"""{CHANGES}
WHERE at >= ? AND at <= ? ORDER BY id DESC LIMIT ?
"""
OF_ONE = f"""{CHANGES}
WHERE subject = ? AND name = ? ORDER BY id DESC LIMIT ?
"""
OF_ALL = f"""{CHANGES}
WHERE subject = ? AND at >= ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?
"""
LAST_OF_EACH = f"""{CHANGES}
WHERE id IN (SELECT max(id) FROM transition WHERE subject = ? AND at < ? GROUP BY name)
ORDER BY at DESC, id DESC
"""
ROLLED = """
SELECT every_ms, r.at, ok, degraded, failed, unknown,
       latencies, latency_us, latency_max_us
FROM text p JOIN rollup r ON r.probe = p.id
WHERE p.text = ? AND r.every_ms = ? AND r.at >= ? AND r.at <= ?
ORDER BY r.at DESC LIMIT ?
"""
COUNTED = """
SELECT ifnull(sum(ok + degraded), 0), ifnull(sum(failed), 0)
FROM text p JOIN rollup r ON r.probe = p.id
WHERE p.text = ? AND r.every_ms = ? AND r.at >= ? AND r.at < ?
"""
CHANGES_BY = f"""{CHANGES}
WHERE life = ? AND number >= ? AND number <= ? ORDER BY id
"""
MEASURED = f"""
SELECT r.number, r.arrived, r.arrived_steady_ms, {WHOLE}
WHERE r.life = ? AND r.number >= ? AND r.number <= ? ORDER BY r.number
"""
TOLD = """
SELECT number, at, steady_ms, kind, text FROM event
WHERE life = ? AND number >= ? AND number <= ? ORDER BY number
"""
BASES = """
SELECT number FROM event WHERE life = ? AND number <= ? AND kind = ? ORDER BY number
"""
NOTES = """
SELECT at, by, kind, text FROM journal WHERE at >= ? AND at <= ?
ORDER BY at DESC, id DESC LIMIT ?
"""
LIVES = """
SELECT at, kind FROM journal WHERE by = ? AND kind IN ('start', 'stop')
AND at >= ? AND at <= ? ORDER BY at DESC, id DESC LIMIT ?
"""
PROBES = "FROM text p WHERE p.text BETWEEN 'channels/' AND 'components0'"
LAST_SIGN = f"""
SELECT max(at) FROM (
  SELECT max(at) AS at FROM journal WHERE at < :at
  UNION ALL SELECT max(at) FROM transition  -- a person may date a state back
    WHERE at < :at AND subject NOT IN ('channel', 'component')
  UNION ALL SELECT (SELECT max(at) FROM result WHERE probe = p.id AND at < :at) {PROBES}
)
"""
LAST_ROLLED = f"""
SELECT max(at) FROM (SELECT (
  SELECT max(at) FROM rollup WHERE probe = p.id AND every_ms = :every AND at < :at
) AS at {PROBES})
"""

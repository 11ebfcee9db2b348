"""What is counted and timed, under Prometheus's names. No label holds an id of a person, a channel or a paper.

The one place that knows the client library. Everything counts here; the host's door shows it (GET /metrics).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
#: What ``exposition`` gives.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_MOMENTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_WAITS = (1, 5, 15, 60, 300, 900, 3_600, 4 * 3_600, 24 * 3_600)


def _counter(name: str, says: str, *labels: str) -> Counter:
    return Counter(f"paperbot_{name}", says, labels, registry=REGISTRY)


def _gauge(name: str, says: str, *labels: str) -> Gauge:
    return Gauge(f"paperbot_{name}", says, labels, registry=REGISTRY)


def _histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    return Histogram(f"paperbot_{name}", says, labels, buckets=buckets, registry=REGISTRY)


DELIVERIES = _counter("deliveries_total", "Attempts to deliver, by what came of them.", "kind", "outcome")
AMBIGUOUS = _counter("ambiguous_total", "Attempts of which nobody knew the end, by how it was found out.", "resolution")
DELIVERY_LATENCY = _histogram("delivery_latency_seconds", "From queueing to Slack's answer.", _WAITS, "kind")
QUEUE_DEPTH = _gauge("queue_depth", "Deliveries that wait.")
QUEUE_OLDEST = _gauge("queue_oldest_seconds", "Age of the oldest delivery that waits.")
PEL_SIZE = _gauge("pel_size", "Deliveries that were taken and have not ended.")
RECLAIMED = _counter("reclaimed_total", "Deliveries taken over from a process that did not end them.")
DEAD = _gauge("dlq_size", "Deliveries that are tried no more.")
SLACK_SECONDS = _histogram("slack_api_seconds", "Calls of Slack's Web API.", _MOMENTS, "method", "code")
MAIL_SECONDS = _histogram("smtp_seconds", "Letters handed to the mail server.", _MOMENTS, "outcome")
SLACK_LIMITED = _counter("slack_429_total", "Calls that Slack put off.", "method")
ACK_SECONDS = _histogram("ack_seconds", "From a request's arrival to its acknowledgement.", _MOMENTS)
EVENTS_REPEATED = _counter("events_dedup_total", "Acts that were received before.")
DIGEST_LATE = _histogram("digest_late_seconds", "From the moment a digest was due to its being queued.", _WAITS)
LEADS = _gauge("scheduler_leader", "1 in the process that holds the lease.")
TICKS_MISSED = _counter("ticks_missed_total", "Ticks that were left out, because the one before was still at work.")
FETCHED = _counter("fetch_pages_total", "Pages that live sources were asked for.", "source", "result")
FETCH_SECONDS = _histogram("fetch_seconds", "One look at a live source, all its pages.", _WAITS, "source")
SOURCE_LOOKED = _gauge("source_last_success_timestamp_seconds", "When a source was last looked into.", "source")
SOURCE_FAULT = _gauge("source_at_fault", "1 while a source is at fault: failing, stale, halved, or changed.", "source")
INGESTED = _counter("ingest_records_total", "Entries of dumps: new, merged or rejected.", "result")
SCORE_SECONDS = _histogram("score_seconds", "Matching new papers with every reader.", _MOMENTS)
STORE_ERRORS = _counter("redis_errors_total", "Commands that the store did not do at the first try.", "kind")
LOOP_LAG = _gauge("loop_lag_seconds", "How late the event loop is.")


def exposition() -> bytes:
    """Everything in Prometheus's text format."""
    return generate_latest(REGISTRY)

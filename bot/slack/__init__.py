"""The door to Slack's events: HTTP or Socket Mode in front, one Bolt app, one dispatcher behind.

``opening.open_slack`` opens it. What comes in is verified, read into an ``Act``, kept where losing it would lose
something, acknowledged, and then done by the ``Router`` in a task of its own. ``ops`` is the host's own door beside
it; who needs that alone does not load Slack's libraries.
"""

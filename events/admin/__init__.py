"""What do operators see of the kernel? Messages, deliveries, dead letters, lanes, handlers and jobs; nothing is edited."""

from events.admin import dead_letters, deliveries, jobs, lanes, messages

__all__ = ["dead_letters", "deliveries", "jobs", "lanes", "messages"]

from tests.support.sandboxes import closed_sandboxes, impatient_sandboxes

__all__ = ["closed_sandboxes", "impatient_sandboxes"]

"""How does an instance become its row?"""

from __future__ import annotations

from typing import Any

from sagas.instance import SagaInstance
from sagas.models import SagaRow
from sagas.progress import positions, waiting_for


def saga_row(instance: SagaInstance) -> dict[str, Any] | None:
    """The columns of `SagaRow`; None for what has not started."""
    plan, history = instance.plan, instance.history
    if plan is None or history.started is None:
        return None
    return {
        "stream": instance.stream,
        "saga": plan.saga.name,
        "key": instance.key,
        "definition_version": history.started.version,
        "version": instance.version,
        "status": _status(instance),
        "reason": history.reason,
        "waiting_for": [
            {
                "step": wait.step,
                "direction": wait.direction,
                "round": wait.round,
                "command_id": wait.command_id,
            }
            for wait in waiting_for(plan, history)
        ],
        "steps": positions(plan, history),
        "started_at": instance.started_at,
        "changed_at": instance.changed_at,
        "ended_at": instance.ended_at,
    }


def _status(instance: SagaInstance) -> SagaRow.Status:
    if instance.ending is not None:
        return SagaRow.Status(instance.ending.value)
    return SagaRow.Status.TURNING_BACK if instance.history.turned_back else SagaRow.Status.RUNNING

"""What does the platform do by the clock?"""

from celery import shared_task

from config.api.idempotency import forget_old_requests as forget


@shared_task(name="config.forget_old_requests", ignore_result=True)
def forget_old_requests() -> None:
    # In batches: one long transaction would hold back everybody who reads the log in order.
    while forget():
        pass

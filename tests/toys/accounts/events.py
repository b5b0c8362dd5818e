"""What accounts tells."""

from uuid import UUID

from events import DomainEvent, Money, event


@event("accounts.money_deposited")
class MoneyDeposited(DomainEvent):
    account_id: UUID
    amount: Money
    balance: Money
    trouble: str


@event("accounts.account_blocked")
class AccountBlocked(DomainEvent):
    account_id: UUID

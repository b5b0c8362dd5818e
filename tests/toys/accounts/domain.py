"""What an account decides."""

from events import Aggregate, Money, Refusal, applies
from tests.toys.accounts.events import AccountBlocked, MoneyDeposited


class AccountIsBlocked(Refusal):
    code = "account_is_blocked"


class Account(Aggregate):
    category = "accounts.account"
    id_field = "account_id"
    balance = Money(0, "GBP")
    is_blocked = False

    def deposit(self, amount: Money, trouble: str) -> None:
        if self.is_blocked:
            raise AccountIsBlocked(f"account {self.id} is blocked")
        balance = self.balance + amount
        self.record(MoneyDeposited(account_id=self.id, amount=amount, balance=balance, trouble=trouble))

    def block(self) -> None:
        if not self.is_blocked:
            self.record(AccountBlocked(account_id=self.id))

    @applies(MoneyDeposited)
    def _deposited(self, event: MoneyDeposited) -> None:
        self.balance = event.balance

    @applies(AccountBlocked)
    def _blocked(self, event: AccountBlocked) -> None:
        self.is_blocked = True

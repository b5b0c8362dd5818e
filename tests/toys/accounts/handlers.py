"""How accounts obeys."""

from events import handles, store
from tests.toys.accounts.commands import BlockAccount, DepositMoney
from tests.toys.accounts.domain import Account


@handles(DepositMoney, on=Account)
def deposit_money(command: DepositMoney) -> None:
    with store.change(Account, command.account_id) as account:
        account.deposit(command.amount, command.trouble)


@handles(BlockAccount, on=Account)
def block_account(command: BlockAccount) -> None:
    with store.change(Account, command.account_id) as account:
        account.block()

"""What accounts can be asked."""

from uuid import UUID

from events import Command, Money, command


@command("accounts.deposit_money")
class DepositMoney(Command):
    """`trouble` is what befalls the reader of the letter about it."""

    account_id: UUID
    amount: Money
    trouble: str = ""


@command("accounts.block_account")
class BlockAccount(Command):
    account_id: UUID

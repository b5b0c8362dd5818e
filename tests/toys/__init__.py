"""Two small contexts on which the kernel is tried: accounts tells what was deposited, mailbox writes letters about it."""

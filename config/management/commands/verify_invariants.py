"""Does everything hold that must?"""

import sys
from argparse import ArgumentParser
from typing import Any

import msgspec
from django.core.management.base import BaseCommand
from rich.console import Console

from config.invariants import SHOWN, Finding, Verdict, verify


class Command(BaseCommand):
    """Looks at every invariant in one snapshot, also while everything runs."""

    help = "Checks every invariant in one snapshot. Exit code 1: one is broken; its offending ids are named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="tell it as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify()
        if options["json"]:
            self.stdout.write(msgspec.json.format(msgspec.json.encode(verdict.plain()), indent=2).decode())
        else:
            show(Console(file=sys.stdout, soft_wrap=True, highlight=False), verdict)
        if verdict.broken:
            raise SystemExit(1)


def show(console: Console, verdict: Verdict) -> None:
    """Each invariant, whether it holds, and what offends it; then whether all is at rest."""
    for finding in verdict.findings:
        mark = _mark(finding, verdict)
        console.print(f"{mark} {finding.name} [dim]({finding.when})[/dim]")
        if not finding.holds:
            more = f" and {finding.count - SHOWN:,} more" if finding.count > SHOWN else ""
            console.print(f"          {finding.error or ', '.join(finding.offending)}{more}", markup=False)
    rest = verdict.rest
    state = "At rest" if rest.at_rest else "Not at rest, so what holds only at rest does not count"
    console.print(
        f"{state}: {rest.claimed:,} deliveries claimed, {rest.due:,} due, {rest.due_later:,} due later, "
        f"{rest.dead_letters:,} dead letters."
    )
    count = len(verdict.findings)
    console.print(
        f"[bold red]{len(verdict.broken)} of {count} invariants are broken.[/bold red]"
        if verdict.broken
        else f"[bold green]All {count} invariants hold.[/bold green]"
    )


def _mark(finding: Finding, verdict: Verdict) -> str:
    if finding.holds:
        return "[green]holds  [/green]"
    return "[bold red]BROKEN [/bold red]" if finding in verdict.broken else "[yellow]not yet[/yellow]"

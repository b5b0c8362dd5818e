"""Does everything hold that must?"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

import msgspec
from django.core.management.base import BaseCommand
from rich.console import Console
from rich.markup import escape

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
            show(Console(file=sys.stdout), verdict)
        if verdict.broken:
            raise SystemExit(1)


def show(console: Console, verdict: Verdict, *, only_offended: bool = False) -> None:
    """Each invariant, whether it holds, and what offends it; then whether all is at rest."""
    lines = [
        line
        for finding in verdict.findings
        if not (finding.holds and only_offended)
        for line in _told(finding, verdict)
    ]
    rest, count, broken = verdict.rest, len(verdict.findings), len(verdict.broken)
    state = "At rest" if rest.at_rest else "Not at rest, so what holds only at rest does not count"
    lines.append(
        f"{state}: {rest.claimed:,} deliveries claimed, {rest.due:,} due, {rest.due_later:,} due later, "
        f"{rest.dead_letters:,} dead letters."
    )
    if broken:
        lines.append(f"[bold red]{broken} of {count} invariants are broken.[/bold red]")
    else:
        lines.append(f"[bold green]All {count} invariants hold.[/bold green]")
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _told(finding: Finding, verdict: Verdict) -> Iterator[str]:
    yield f"{_mark(finding, verdict)} {escape(finding.name)} [dim]({finding.when})[/dim]"
    if not finding.holds:
        more = f" and {finding.count - SHOWN:,} more" if finding.count > SHOWN else ""
        yield escape(f"          {finding.error or ', '.join(finding.offending)}{more}")


def _mark(finding: Finding, verdict: Verdict) -> str:
    if finding.holds:
        return "[green]holds  [/green]"
    return "[bold red]BROKEN [/bold red]" if finding in verdict.broken else "[yellow]not yet[/yellow]"

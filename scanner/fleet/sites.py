"""How a sensor scans: the site's scope file, read anew for each job, decides; then a scan like any other.

What is heard is kept as messages, so that the centre can judge all shards of a round together, and later again.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from scanner.errors import ScannerError, ScopeError
from scanner.fleet.bundle import Bundle
from scanner.fleet.rounds import narrowed, shard, spelled
from scanner.fleet.sensor import Shard
from scanner.targets import Addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """The settings of one site's scans, as the sensor was started with them; called with a shard, it scans it."""

    site: str
    scope: Path
    sensor: str = ""
    profile: str = "standard"
    timing: str = "polite"
    max_rate: float | None = None
    interfaces: tuple[str, ...] = ()
    audit_log: Path | None = None

    def allowed(self) -> Addresses:
        """Return what the scope file allows now; raises what is wrong with it, also that it has run out."""
        from scanner.scope import read_scope

        scope = read_scope(self.scope)
        if scope.site != self.site:
            raise ScopeError(f"{self.scope} authorises the site {scope.site!r}, not {self.site!r}")
        return scope.narrow(Addresses(), Addresses(), datetime.now(UTC).date()).allowed

    def __call__(self, job: Shard) -> Bundle:
        """Scan a shard within the scope file; ScannerError where that forbids it or the scan cannot be."""
        from scanner.cli.asked import Wish, plan_of
        from scanner.cli.scan import carry_out, keeping
        from scanner.pipeline import scan_report
        from scanner.probes.tap import may_overhear
        from scanner.recorder import Recorder

        started = datetime.now(UTC)
        share = shard(narrowed(self.allowed(), job.targets), job.number, job.of)
        if not share:
            raise ScannerError(
                f"shard {job.number + 1} of {job.of} has no address: the site has fewer than shards"
            )
        wish = Wish(
            targets=spelled(share),
            scope=self.scope,
            interfaces=self.interfaces,
            profile=self.profile,
            timing=self.timing,
            max_rate=self.max_rate,
        )
        plan = plan_of(wish, started.date(), raw=may_overhear())
        keep = replace(keeping(self.audit_log, None, None), messages=True)
        done, interrupted = carry_out(plan, keep, quiet=True)
        report = scan_report(done.scan, on=started.date(), ended=done.ended, interrupted=interrupted)
        recorder = done.recorder or Recorder()
        return Bundle(
            site=self.site,
            round=job.round,
            due=job.due,
            shard=job.number,
            shards=job.of,
            sensor=self.sensor,
            started=started,
            ended=done.ended,
            complete=report.coverage.complete and not recorder.lost,
            said=f"{recorder.lost} messages found no room" if recorder.lost else "",
            report=report,
            messages=tuple(recorder.messages),
        )

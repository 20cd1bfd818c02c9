"""`camcensus scan TARGET...`: a live network, politely and only where allowed; an inventory with verdicts out."""

import signal
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanner.cli import options, saving, screen
from scanner.cli import scan_options as only
from scanner.cli.asked import Wish, plan_of
from scanner.cli.durations import seconds
from scanner.cli.exits import FailOn
from scanner.cli.knowledge import knowledge_of
from scanner.cli.outputs import outputs
from scanner.cli.progress import Progress
from scanner.cli.reporting import Basis, basis, finish
from scanner.errors import ScannerError
from scanner.zones import NOWHERE, Map

if TYPE_CHECKING:
    from scanner.fingerprints import Knowledge
    from scanner.model import Report
    from scanner.policy import PolicyList, Waiver
    from scanner.probes.plan import Plan
    from scanner.probes.scan import Scan
    from scanner.probes.unlocking import Unlocking
    from scanner.recorder import Recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """What a scan leaves beside its report: the audit log, a folder of recordings, a capture file.

    `run` is the run in the store; with `messages` what was heard stays in the recorder for whoever called.
    """

    log: Path
    recordings: Path | None = None
    capture: Path | None = None
    messages: bool = False
    run: saving.Saving | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What devices are held against: day, lists, waivers, knowledge other than the shipped, and where things stand."""

    on: date
    lists: "tuple[str | PolicyList, ...]" = ()
    waivers: "tuple[Waiver, ...]" = ()
    knowledge: "Knowledge | None" = None
    zones: Map = NOWHERE


def scan(
    targets: only.Targets = None,
    target_file: only.TargetFile = None,
    exclude: only.Exclude = None,
    exclude_file: only.ExcludeFile = None,
    scope: only.ScopeFile = None,
    profile: only.Profile = "standard",
    timing: only.Timing = "polite",
    max_rate: only.MaxRate = None,
    host_timeout: only.HostTimeout = "2m",
    interface: options.Interfaces = None,
    credentials: only.CredentialsFile = None,
    dry_run: only.DryRun = False,
    record: only.Record = None,
    pcap_out: only.PcapOut = None,
    audit_log: options.AuditLog = None,
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    columns: options.Columns = None,
    wide: options.Wide = False,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.LISTED,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    recog: options.Recog = None,
    nmap: options.Nmap = None,
    store: saving.Keep = None,
    site: saving.KeepSite = "",
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Scan a live network and report the devices in it: asks what any neighbour may ask, and changes nothing."""
    wanted = outputs(format_name, output, json=json, columns=columns, wide=wide)
    against = basis(list_ids, waivers, config)
    wish = Wish(
        targets=targets or (),
        target_file=target_file,
        exclude=exclude or (),
        exclude_file=exclude_file,
        scope=scope,
        interfaces=interface or (),
        profile=profile,
        timing=timing,
        max_rate=max_rate,
        host_timeout_s=seconds(host_timeout, "--host-timeout"),
        credentials=credentials,
    )
    plan = planned(wish)
    if dry_run:
        return show(plan, json=json)
    where = (store, site or plan.scope.site)
    keys, keep = keys_of(credentials, against.zones, *where), keeping(audit_log, record, pcap_out, where)
    judged = judged_by(against, as_of, knowledge_of(against, recog, nmap, quiet=quiet))
    report = scanned(plan, keep, judged, keys=keys, quiet=quiet, debug=debug)
    raise typer.Exit(finish(report, wanted, fail_on, strict=strict, quiet=quiet))


def judged_by(against: Basis, as_of: datetime | None, known: "Knowledge | None") -> Judged:
    """Return what devices are held against, from what the words and the configuration say."""
    return Judged(screen.judging_day(as_of), against.lists, against.waivers, known, against.zones)


def planned(wish: Wish) -> "Plan":
    """Return the plan that a wish makes today with the privileges that there are."""
    from scanner.probes.tap import may_overhear

    return plan_of(wish, screen.judging_day(None), raw=may_overhear())


def keys_of(
    file: Path | None, zones: Map = NOWHERE, store: str | None = None, site: str = ""
) -> "Unlocking | None":
    """Return what a scan needs to ask with credentials; raises where the file or the memory of refusals is unsound.

    A store that the run is kept in knows who was where before.
    """
    if file is None:
        return None
    from scanner.cli.saving import DEFAULT
    from scanner.credentials import Ledger, read_credentials
    from scanner.credentials.remembered import Remembered
    from scanner.probes.audit import state_folder
    from scanner.probes.unlocking import Unlocking

    sheet, memories = read_credentials(file), list[Remembered]()
    if store is not None:
        from scanner.store import open_store

        with open_store(None if store == DEFAULT else store) as opened:
            memories.append(Remembered.of_store(opened, site))
    return Unlocking(
        sheet=sheet,
        ledger=Ledger(state_folder() / "credentials.json"),
        memories=tuple(memories),
        place=lambda device: zones.placed([device])[0],
    )


def scanned(
    plan: "Plan",
    keep: Keep,
    judged: Judged,
    *,
    keys: "Unlocking | None" = None,
    quiet: bool,
    debug: bool,
) -> "Report":
    """Return the report of a scan after a plan, having said the plan, logged the run and kept what was asked for."""
    from scanner.pipeline import scan_report

    if not quiet:
        announce(plan)
    done, interrupted = carry_out(plan, keep, judged.knowledge, keys=keys, quiet=quiet, debug=debug)
    report = scan_report(
        done.scan,
        on=judged.on,
        ended=done.ended,
        lists=judged.lists,
        waivers=judged.waivers,
        zones=judged.zones,
        interrupted=interrupted,
    )
    leave(done, report, keep, quiet=quiet)
    return keep.run.finish(report, done.recorder.messages) if keep.run and done.recorder else report


def show(plan: "Plan", *, json: bool) -> None:
    """Print a plan on stdout, where a dry run's data goes."""
    if json:
        screen.write_json(plan.record())
        return
    lines = [sentence(plan)]
    lines += [f"  {name}: {value}" for name, value in plan.record().items() if value not in ("", {}, [])]
    screen.write("\n".join(lines) + "\n")


def sentence(plan: "Plan") -> str:
    """Return the one line that is said before the first packet: the plan, and which interfaces it leaves out."""
    skipped = ", ".join(f"{name} ({why})" for name, why in plan.unused)
    return plan.sentence() + (f" Not used: {skipped}." if skipped else "")


def announce(plan: "Plan") -> None:
    """Say the plan, and what is lost where a privilege is missing."""
    from scanner.probes.tap import grant

    screen.talk(sentence(plan))
    if not plan.raw:
        screen.talk(
            "Without raw sockets hosts are found by connecting instead of ARP and SYN, and nobody is overheard; "
            f"to have all three: {grant()}."
        )


def keeping(
    audit_log: Path | None,
    recordings: Path | None,
    capture: Path | None,
    kept: tuple[str | None, str] = (None, ""),
) -> Keep:
    """Return where a run's traces go, after a look whether they can: nothing is asked that could not be logged."""
    from scanner.probes.audit import open_log

    try:
        if recordings:
            recordings.mkdir(parents=True, exist_ok=True)
        if capture:
            capture.open("ab").close()
    except OSError as error:
        raise ScannerError(f"{error.filename} cannot be written: {error.strerror or error}") from error
    log = open_log(audit_log)
    return Keep(log=log, recordings=recordings, capture=capture, run=saving.Saving(*kept, "scan"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A scan that has ended, with what was recorded of it."""

    scan: "Scan"
    recorder: "Recorder | None"
    ended: datetime


def carry_out(
    plan: "Plan",
    keep: Keep,
    knowledge: "Knowledge | None" = None,
    *,
    keys: "Unlocking | None" = None,
    quiet: bool,
    debug: bool = False,
) -> tuple[Done, bool]:
    """Do what a plan says, log it, and return it with whether it was interrupted.

    Whatever ends it, a Ctrl-C or a network that went away, what was found stays.
    """
    from scanner.fingerprints import load
    from scanner.probes.scan import Scan
    from scanner.probes.tap import Tap
    from scanner.recorder import Recorder

    recorder = Recorder() if keep.recordings or keep.capture or keep.messages or keep.run else None
    tap = Tap([link.name for link in plan.links], everything=False) if plan.raw and plan.links else None
    taking = recorder.take if recorder else None
    scan = Scan(plan, knowledge or load(), strict=debug, record=taking, tap=tap, unlocking=keys)
    started, outcome = datetime.now(UTC), "failed"
    try:
        outcome = _run(scan, Progress(quiet=quiet), debug=debug)
    finally:
        ended = datetime.now(UTC)
        scan.audit.write(keep.log, plan.scope, started, ended, _command(plan), outcome)
    return Done(scan=scan, recorder=recorder, ended=ended), outcome == "interrupted"


def _command(plan: "Plan") -> str:
    keys = f" --credentials {plan.credentials}" if plan.credentials else ""
    return f"scan --profile {plan.profile} --timing {plan.timing} --max-rate {plan.rate:g}{keys}"


def _run(scan: "Scan", progress: Progress, *, debug: bool) -> str:
    """Run a scan to its end; returns "complete", "interrupted" or "broken off"."""
    import asyncio

    from scanner.probes.watch import InterfacesLostError

    try:
        asyncio.run(_watched(scan, progress))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return "interrupted"
    except InterfacesLostError as error:
        scan.findings.problems.append(f"the scan broke off: {error}")
        return "broken off"
    except (OSError, ExceptionGroup) as error:
        if debug:
            raise
        scan.findings.problems.append(f"the scan broke off: {_innermost(error)}")
        return "broken off"
    return "complete"


def _innermost(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}"


async def _watched(scan: "Scan", progress: Progress) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(RuntimeError, ValueError):  # Windows has none; nor have other threads
            loop.add_signal_handler(number, scan.stop)
    watcher = asyncio.create_task(progress.watch(scan))
    try:
        await scan.run()
    finally:
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)


def leave(done: Done, report: "Report", keep: Keep, *, quiet: bool) -> None:
    """Write the recordings and the capture that were asked for."""
    from scanner.probes.pcapout import write_capture
    from scanner.recorder import record

    recorder, scan = done.recorder, done.scan
    if recorder is None or not (keep.recordings or keep.capture):
        return
    said = []
    if keep.capture:
        bindings = scan.findings.reading.sightings.judge()
        count = write_capture(recorder.messages, keep.capture, scan.plan, bindings)
        said.append(f"{count} messages in {keep.capture}")
    if keep.recordings:
        inside = [d for d in report.devices if any(a in scan.plan.targets for a in d.addresses)]
        folders = record(
            recorder.messages, inside, keep.recordings, scan.findings.knowledge, done.ended.date()
        )
        said.append(f"{len(folders)} masked recordings in {keep.recordings}: complete their [origin]")
    if recorder.lost:
        said.append(f"{recorder.lost} messages found no room and are in neither")
    if not quiet:
        screen.talk("Kept " + "; ".join(said) + ".")

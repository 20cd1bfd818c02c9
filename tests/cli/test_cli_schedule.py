"""`camcensus schedule`: what it prints, and where it writes as root and as anybody."""

import pytest

from scanner.cli import run, schedule


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    path = tmp_path / "camcensus.toml"
    path.write_text('networks = ["192.168.1.0/24"]\n[schedule]\nat = "03:15"\nevery = "week"\n')
    return path


def test_units_are_printed_with_the_command_that_switches_them_on(config, monkeypatch, capsys):
    monkeypatch.setattr(schedule, "_is_root", lambda: True)
    assert run(["schedule", "--config", str(config)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("# /etc/systemd/system/camcensus.service\n")
    assert f"run --config {config}\n" in out
    assert "EnvironmentFile=-/etc/camcensus/environment\n" in out
    assert "OnCalendar=Mon *-*-* 03:15:00\n" in out
    assert err.endswith("systemctl daemon-reload && systemctl enable --now camcensus.timer\n")


def test_anybodys_timer_is_written_to_his_own_folder(config, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(schedule, "_is_root", lambda: False)
    assert run(["schedule", "--config", str(config), "--install"]) == 0
    folder = tmp_path / "home" / ".config" / "systemd" / "user"
    assert {path.name for path in folder.iterdir()} == {"camcensus.service", "camcensus.timer"}
    assert "%h/.config/camcensus/environment" in (folder / "camcensus.service").read_text()
    assert "systemctl --user enable --now camcensus.timer" in capsys.readouterr().err


def test_a_line_for_cron_asks_every_hour(config, monkeypatch, capsys):
    monkeypatch.setattr(schedule, "_is_root", lambda: False)
    assert run(["schedule", "--config", str(config), "--cron"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("15 * * * * ")
    assert out.endswith(f"run --config {config} --if-due\n")
    assert run(["schedule", "--config", str(config), "--cron", "--install"]) == 1
    assert "only root can write to /etc/cron.d" in capsys.readouterr().err


def test_a_broken_configuration_schedules_nothing(config, capsys):
    config.write_text('[schedule]\nat = "25:00"\n')
    assert run(["schedule", "--config", str(config)]) == 1
    assert "schedule: at: '25:00' is no time of day" in capsys.readouterr().err

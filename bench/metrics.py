"""The reference libraries' side of `bench/metrics.ts`: reads questions from standard input, a line of JSON each, and
answers each with a line. `metricsWorker.ts` is its counterpart.

Needs scikit-learn, scipy and scikit-image (Debian: python3-sklearn, python3-skimage).
"""
import json
import sys
import time

import numpy as np
from scipy import ndimage
from scipy.spatial.distance import directed_hausdorff
from skimage.exposure import equalize_adapthist
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, roc_auc_score


def read(question, name, dtype):
    return np.fromfile(f"{question['folder']}/{name}", dtype=dtype)


def classwise_error(labels, probabilities, bins=10):
    """calibration_curve gives the filled bins' means; how many samples each holds has to be counted beside it."""
    errors = []
    for y, p in zip(labels.T, probabilities.T):
        share, mean = calibration_curve(y, p, n_bins=bins)
        count = np.bincount(np.minimum((p * bins).astype(int), bins - 1), minlength=bins)
        errors.append(np.abs(share - mean) @ count[count > 0] / len(p))
    return np.mean(errors)


def ranking(question):
    width = question["classes"]
    y = read(question, "labels.f32", np.float32).reshape(-1, width)
    p = read(question, "probabilities.f32", np.float32).reshape(-1, width)
    start = time.perf_counter()
    value = [
        roc_auc_score(y, p, average=None).mean(),
        average_precision_score(y, p, average=None).mean(),
        classwise_error(y, p),
    ]
    return start, value


def masks(question):
    side = question["side"]
    return [read(question, f"mask{i}.u8", np.uint8).reshape(side, side) > 0 for i in (0, 1)]


def border(mask):
    return mask & ~ndimage.binary_erosion(mask)


def hausdorff(question):
    a, b = masks(question)
    start = time.perf_counter()
    x, y = np.argwhere(border(a)), np.argwhere(border(b))
    value = max(directed_hausdorff(x, y)[0], directed_hausdorff(y, x)[0])
    return start, [value]


def hausdorff95(question):
    a, b = masks(question)
    start = time.perf_counter()
    x, y = border(a), border(b)
    distances = [ndimage.distance_transform_edt(~other)[own] for own, other in ((x, y), (y, x))]
    return start, [max(np.percentile(d, 95) for d in distances)]


def adaptive_histogram(question):
    side = question["side"]
    image = read(question, "image.f32", np.float32).reshape(side, side)
    start = time.perf_counter()
    return start, [float(equalize_adapthist(image).mean())]


cases = {
    "ranking": ranking,
    "hausdorff": hausdorff,
    "hausdorff95": hausdorff95,
    "clahe": adaptive_histogram,
}

for line in sys.stdin:
    question = json.loads(line)
    start, value = cases[question["case"]](question)
    ms = (time.perf_counter() - start) * 1000
    print(json.dumps({"ms": ms, "values": [float(v) for v in value]}), flush=True)

"""PyTorch's side of `bench/data.ts`: reads questions from standard input, a line of JSON each, and answers each with a
line. `dataWorker.ts` is its counterpart.

Needs torch, torchvision and Pillow (Debian: python3-torchvision).
"""
import json
import sys
import time

from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import functional


class Films(Dataset):
    def __init__(self, paths, size):
        self.paths, self.size = paths, size

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, index):
        with Image.open(self.paths[index]) as film:
            return functional.to_tensor(functional.resize(film.convert("L"), [self.size, self.size]))


loaders = {}


def loader(paths, size, batchSize, workers, **_):
    """Workers stay between epochs, so that starting them counts once, before anything is measured."""
    key = json.dumps([len(paths), size, batchSize, workers])
    if key not in loaders:
        loaders[key] = DataLoader(
            Films(paths, size), batch_size=batchSize, num_workers=workers, persistent_workers=workers > 0
        )
    return loaders[key]


for line in sys.stdin:
    question = json.loads(line)
    batches = loader(**question)
    start = time.perf_counter()
    count = sum(len(batch) for _ in range(question["epochs"]) for batch in batches)
    print(json.dumps({"ms": (time.perf_counter() - start) * 1000, "count": count}), flush=True)

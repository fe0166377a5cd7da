"""One case of `bench/training.ts` with PyTorch: reads commands from standard input, a line each, and answers each with a
line of JSON. `trainingWorker.ts` is its counterpart.

Needs torch and torchvision (Debian: python3-torch, python3-torchvision).
"""
import json
import resource
import sys
import time

import torch
import torchvision
from torch import nn

CLASSES = 14


class Stage(nn.Sequential):
    def __init__(self, inputs, outputs):
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class ResNet34UNet(nn.Module):
    """Unet("resnet34") of segmentation_models_pytorch, on torchvision's encoder."""

    def __init__(self):
        super().__init__()
        encoder = torchvision.models.resnet34(weights=None)
        self.stem = nn.Sequential(encoder.conv1, encoder.bn1, encoder.relu)
        self.pool = encoder.maxpool
        self.encoder = nn.ModuleList([encoder.layer1, encoder.layer2, encoder.layer3, encoder.layer4])
        widths = [(512 + 256, 256), (256 + 128, 128), (128 + 64, 64), (64 + 64, 32), (32, 16)]
        self.decoder = nn.ModuleList(nn.Sequential(Stage(i, o), Stage(o, o)) for i, o in widths)
        self.mask = nn.Conv2d(16, 1, 3, padding=1)

    def forward(self, x):
        x = self.stem(x)
        skips = [x]
        x = self.pool(x)
        for level in self.encoder:
            x = level(x)
            skips.append(x)
        skips.pop()
        for level in self.decoder:
            x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
            if skips:
                x = torch.cat([x, skips.pop()], dim=1)
            x = level(x)
        return self.mask(x)


cross_entropy = nn.BCEWithLogitsLoss()


def cross_entropy_and_dice(logits, labels):
    p = torch.sigmoid(logits)
    overlap = (2 * (p * labels).sum() + 1) / (p.sum() + labels.sum() + 1)
    return cross_entropy(logits, labels) + 1 - overlap


def kibibytes(field):
    """A figure of the kernel on this process; None where the kernel shows none."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field))
    except OSError:
        return None


def peak():
    in_status = kibibytes("VmHWM:")
    if in_status is not None:
        return in_status / 1024
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / (2**20 if sys.platform == "darwin" else 1024)


workload = json.loads(sys.argv[1])
size, batch = workload["size"], workload["batch"]
torch.set_num_threads(workload["threads"])
torch.manual_seed(0)

images = torch.randn(batch, 3, size, size)
if workload["network"] == "denseNet121":
    model = torchvision.models.densenet121(weights=None)
    model.classifier = nn.Linear(1024, CLASSES)
    loss_of = cross_entropy
    labels = (torch.rand(batch, CLASSES) < 0.3).float()
else:
    model = ResNet34UNet()
    loss_of = cross_entropy_and_dice
    labels = torch.zeros(batch, 1, size, size)
    labels[:, :, size // 4 : size - size // 4, size // 4 : size - size // 4] = 1
    images += labels
images, labels = images.numpy(), labels.numpy()
model.train(workload["mode"] == "train")
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)


def train():
    optimizer.zero_grad()
    loss = loss_of(model(torch.from_numpy(images)), torch.from_numpy(labels))
    loss.backward()
    optimizer.step()
    return loss.item()


def predict():
    with torch.no_grad():
        return model(torch.from_numpy(images)).numpy().flat[0].item()


def step():
    start = time.perf_counter()
    value = train() if workload["mode"] == "train" else predict()
    ms = (time.perf_counter() - start) * 1000
    return {"ms": ms, "value": value, "resident": (kibibytes("VmRSS:") or 0) / 1024}


def answer(value):
    print(json.dumps(value), flush=True)


answer({"description": f"PyTorch {torch.__version__}, torchvision {torchvision.__version__}, {torch.get_num_threads()} threads"})
for command in map(str.strip, sys.stdin):
    if command == "exit":
        break
    answer({"peak": peak()} if command == "memory" else step())

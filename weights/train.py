#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the ResNet18 that octet's examples quantize.

From nothing, on rendered flowers (examples/flowers.hpp), no download, about an hour on two CPU cores:

    train.py --renderer build/examples/render_flowers --out resnet18.pth

Or fine-tunes torchvision's ImageNet ResNet18 on photographs: Flowers102, or any directory with one folder for each class:

    train.py --fine-tune flowers102 --out resnet18.pth
    train.py --fine-tune DIRECTORY  --out resnet18.pth          (DIRECTORY/train and DIRECTORY/val, or one set of folders to split)

The preprocessing is the one that the network will meet later: Resize(256), CenterCrop(224), /255, minus mean, over std.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision import transforms

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
KINDS, TEST_SEED, TRAINING_SEED = 102, 0, 1_000_000  # as in flowers.hpp


# ---- both ways of training -----------------------------------------------------------------------------------------------------

def normalise(pictures):
    """uint8 or float NCHW in 0..255 -> what the network eats."""
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    return ((pictures.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


def optimiser(model, rate, steps):
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim == 1]  # biases and batch norm: no weight decay
    sgd = torch.optim.SGD([{"params": decayed, "weight_decay": 5e-4}, {"params": others, "weight_decay": 0.0}],
                          lr=rate, momentum=0.9, nesterov=True)
    return sgd, torch.optim.lr_scheduler.OneCycleLR(sgd, rate, total_steps=steps, pct_start=0.25)


def step(model, sgd, schedule, x, y):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = model(x)
    loss = F.cross_entropy(logits.float(), y, label_smoothing=0.1)
    sgd.zero_grad(set_to_none=True)
    loss.backward()
    sgd.step()
    schedule.step()
    return loss.item()


@torch.no_grad()
def accuracy(model, batches):
    """Top-1 in float32 over (normalised pictures, labels)."""
    model.eval()
    right = total = 0
    for x, y in batches:
        right += (model(x).argmax(1) == y).sum().item()
        total += len(y)
    return right / total


# ---- from nothing, on rendered flowers -----------------------------------------------------------------------------------------

def rendered(renderer, folder, name, per_kind, first_seed):
    """The pictures as a memory-mapped uint8 array (kinds * per_kind, 256, 256, 3), rendered unless already there."""
    path = Path(folder) / f"{name}_{per_kind}_{first_seed}.npy"
    if not path.exists():
        part = path.with_suffix(".part")
        subprocess.run([renderer, "--out", str(part), "--per-kind", str(per_kind), "--first-seed", str(first_seed)], check=True)
        part.rename(path)
    pictures = np.load(path, mmap_mode="r")
    if pictures.shape != (KINDS * per_kind, 256, 256, 3):
        raise SystemExit(f"{path}: expected {(KINDS * per_kind, 256, 256, 3)}, found {pictures.shape}")
    return pictures


def halved(pictures):
    """All pictures at half the size, NCHW: the early stages train on these."""
    out = torch.empty(len(pictures), 3, 128, 128, dtype=torch.uint8)
    for i in range(0, len(pictures), 256):
        x = torch.from_numpy(pictures[i:i + 256].copy()).permute(0, 3, 1, 2).float()
        out[i:i + 256] = F.avg_pool2d(x, 2).round().to(torch.uint8)
    return out


def training_batch(full, half, index, size):
    """Crops at random places, mirrors, changes the light; crops of the half-sized pictures where 112 pixels or fewer are wanted."""
    x, side = [], 224 if size > 112 else 112
    for i in index:
        t, l = (random.randint(0, side // 7) for _ in range(2))
        p = half[i] if side == 112 else torch.from_numpy(full[i].copy()).permute(2, 0, 1)
        p = p[:, t:t + side, l:l + side]
        x.append(p.flip(2) if random.random() < 0.5 else p)
    x = torch.stack(x).float()
    if size != side:
        x = F.interpolate(x, size=(size, size), mode="bilinear", antialias=True)
    light = torch.empty(len(x), 3, 1, 1).uniform_(-0.04, 0.04) + torch.empty(len(x), 1, 1, 1).uniform_(0.85, 1.15)
    return normalise((x * light).clamp(0, 255))


def centre_batches(pictures, per_kind, size=224, batch=64):
    for i in range(0, len(pictures), batch):
        x = torch.from_numpy(pictures[i:i + batch].copy()).permute(0, 3, 1, 2)[:, :, 16:240, 16:240].float()
        if size != 224:
            x = F.interpolate(x, size=(size, size), mode="bilinear", antialias=True)
        yield normalise(x), torch.arange(i, i + len(x)) // per_kind


def train_from_nothing(args):
    work = args.work or tempfile.mkdtemp(prefix="octet_flowers_")
    Path(work).mkdir(parents=True, exist_ok=True)
    full = rendered(args.renderer, work, "train", args.per_kind, TRAINING_SEED)
    test = rendered(args.renderer, work, "test", args.test_per_kind, TEST_SEED)
    half = halved(full)
    labels = torch.arange(len(full)) // args.per_kind
    print(f"{len(full)} pictures to train on, {len(test)} to test on", flush=True)

    model = torchvision.models.resnet18(num_classes=KINDS).to(memory_format=torch.channels_last)
    if args.start:
        model.load_state_dict(torch.load(args.start, map_location="cpu", weights_only=True))
    begin = time.time()
    for stage in args.stages.split(","):
        size, epochs, rate = (kind(v) for kind, v in zip((int, int, float), stage.split(":")))
        steps = len(full) // args.batch
        sgd, schedule = optimiser(model, rate, epochs * steps)
        for epoch in range(epochs):
            model.train()
            order, total, start = torch.randperm(len(full)), 0.0, time.time()
            for i in range(steps):
                index = order[i * args.batch:(i + 1) * args.batch]
                total += step(model, sgd, schedule, training_batch(full, half, index.tolist(), size), labels[index])
                if i % 50 == 49:
                    print(f"    {size}px epoch {epoch + 1}/{epochs} step {i + 1}/{steps} loss {total / (i + 1):.3f} "
                          f"{(time.time() - start) / ((i + 1) * args.batch) * 1e3:.1f} ms a picture", flush=True)
                    torch.save(model.state_dict(), args.out)
            torch.save(model.state_dict(), args.out)
            last = epoch + 1 == epochs
            if last or epoch % 2 == 1:
                # a fifth of the test pictures while training, all of them at the end of a stage
                some = test if last else test.reshape(KINDS, args.test_per_kind, *test.shape[1:])[:, ::5].reshape(-1, *test.shape[1:])
                top1 = accuracy(model, centre_batches(some, len(some) // KINDS, size))
                print(f"{size}px epoch {epoch + 1}/{epochs}: loss {total / steps:.3f}, top-1 {top1:.2%} of {len(some)} at {size}px, "
                      f"{(time.time() - begin) / 60:.1f} minutes", flush=True)
    return model


# ---- fine-tuning on photographs ------------------------------------------------------------------------------------------------

def photographs(args):
    """(training set, validation set, number of classes)"""
    normal = [transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    varied = transforms.Compose([transforms.RandomResizedCrop(224, scale=(0.35, 1.0)), transforms.RandomHorizontalFlip(),
                                 transforms.ColorJitter(0.3, 0.3, 0.3), *normal])
    plain = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), *normal])
    if args.fine_tune == "flowers102":
        make = lambda split, transform: torchvision.datasets.Flowers102(args.data, split=split, transform=transform, download=True)
        # 1,020 + 1,020 pictures to train on, 6,149 to test on, as is usual
        return torch.utils.data.ConcatDataset([make("train", varied), make("val", varied)]), make("test", plain), 102
    root = Path(args.fine_tune)
    if not root.is_dir():
        raise SystemExit(f"--fine-tune: {root} is neither 'flowers102' nor a directory")
    folder = torchvision.datasets.ImageFolder
    if (root / "train").is_dir() and (root / "val").is_dir():
        train, val = folder(root / "train", varied), folder(root / "val", plain)
        if train.classes != val.classes:
            raise SystemExit(f"{root}/train and {root}/val hold different classes: {sorted(set(train.classes) ^ set(val.classes))}")
        return train, val, len(train.classes)
    train, val = folder(root, varied), folder(root, plain)
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(args.seed)).tolist()
    cut = max(1, len(order) // 5)  # a fifth to validate with
    return torch.utils.data.Subset(train, order[cut:]), torch.utils.data.Subset(val, order[:cut]), len(train.classes)


def fine_tune(args):
    train, val, classes = photographs(args)
    if args.pretrained == "imagenet":
        model = torchvision.models.resnet18(weights=torchvision.models.ResNet18_Weights.IMAGENET1K_V1)
    else:
        model = torchvision.models.resnet18()
        if args.pretrained != "none":
            state = torch.load(args.pretrained, map_location="cpu", weights_only=True)
            state = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}  # the last layer is trained anew
            lacking = model.load_state_dict(state, strict=False)
            if lacking.unexpected_keys or set(lacking.missing_keys) - {"fc.weight", "fc.bias"}:
                raise SystemExit(f"--pretrained: {args.pretrained} is not a ResNet18: it lacks {len(lacking.missing_keys)} tensors, "
                                 f"and {len(lacking.unexpected_keys)} of its own have no place")
    model.fc = nn.Linear(model.fc.in_features, classes)
    model = model.to(memory_format=torch.channels_last)
    batch = min(args.batch, len(train))
    loader = torch.utils.data.DataLoader(train, batch, shuffle=True, drop_last=True, num_workers=args.workers)
    check = torch.utils.data.DataLoader(val, 64, num_workers=args.workers)
    print(f"{len(train)} pictures of {classes} classes to train on, {len(val)} to validate with", flush=True)
    sgd, schedule = optimiser(model, args.rate, args.epochs * len(loader))
    for epoch in range(args.epochs):
        model.train()
        total = 0.0
        for x, y in loader:
            total += step(model, sgd, schedule, x.contiguous(memory_format=torch.channels_last), y)
        torch.save(model.state_dict(), args.out)
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / len(loader):.3f}, top-1 {accuracy(model, check):.2%} of {len(val)}",
              flush=True)
    return model


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", required=True, help="the state_dict to write (.pth), again and again while training")
    p.add_argument("--batch", type=int, default=64)
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    g = p.add_argument_group("from nothing, on rendered flowers")
    g.add_argument("--renderer", help="the render_flowers program")
    g.add_argument("--work", help="where the rendered pictures are kept (5 GB); default: a new temporary directory")
    g.add_argument("--per-kind", type=int, default=180, help="pictures of each kind to train on")
    g.add_argument("--test-per-kind", type=int, default=20, help="pictures of each kind to test on")
    g.add_argument("--stages", default="64:6:0.1,112:9:0.08,224:4:0.02", help="size:epochs:rate, one after the other")
    g.add_argument("--start", help="a state_dict to go on from, with the stages that are left")
    g = p.add_argument_group("fine-tuning")
    g.add_argument("--fine-tune", metavar="flowers102|DIRECTORY")
    g.add_argument("--pretrained", default="imagenet", help="imagenet (downloads), none, or the state_dict (.pth) of a ResNet18")
    g.add_argument("--data", default="data", help="where Flowers102 is downloaded to")
    g.add_argument("--epochs", type=int, default=12)
    g.add_argument("--rate", type=float, default=0.01)
    g.add_argument("--workers", type=int, default=2)
    args = p.parse_args()
    if not args.fine_tune and not args.renderer:
        p.error("either --renderer PROGRAM, to train on rendered flowers, or --fine-tune")
    random.seed(args.seed)
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    fine_tune(args) if args.fine_tune else train_from_nothing(args)
    print(f"written: {args.out}")


if __name__ == "__main__":
    sys.exit(main())

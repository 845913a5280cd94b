# SPDX-License-Identifier: Apache-2.0
"""Models that export.py refuses, for check_export.py. Messages quote lines of this file."""

import torch
import torch.nn.functional as F
from torch import nn

not_a_model = 3


def returns_a_number():
    return 3


def raises():
    raise RuntimeError("no weights here")


class NeedsArguments(nn.Module):
    def __init__(self, classes, width):
        super().__init__()


class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, 4)


class Plain(Base):
    def forward(self, x):
        x = self.conv(x)
        return self.fc(x.mean([2, 3]))


class TwoInputs(Base):
    def forward(self, x, mask):
        return self.conv(x) * mask


class TwoOutputs(Base):
    def forward(self, x):
        x = self.conv(x)
        return x, x


class Shared(Base):
    def __init__(self):
        super().__init__()
        self.again = nn.Conv2d(8, 8, 1)

    def forward(self, x):
        x = self.again(self.again(self.conv(x)))
        return self.fc(x.mean([2, 3]))


class Branches(Base):
    def forward(self, x):
        x = self.conv(x)
        if x.sum() > 0:
            x = F.relu(x)
        return x


class Image(nn.Module):
    def forward(self, x):
        return x


class Unrelated(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 4))

    def forward(self, x):
        return self.weight


class NotFinite(Base):
    def forward(self, x):
        return self.conv(x).log()


class InPlace(Base):
    def forward(self, x):
        x = y = self.conv(x)
        y += y
        return torch.cat([x, y], 1)


class LongName(nn.Module):
    def __init__(self):
        super().__init__()
        inner = nn.Sequential()
        inner.add_module("a_convolution_with_a_name_of_some_length", nn.Conv2d(3, 4, 1))
        self.features = inner

    def forward(self, x):
        return F.relu(self.features(x))


class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Hardtanh(-i - 1.0, i + 1.0) for i in range(300)))

    def forward(self, x):
        return self.layers(x)


class Wide(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3 * 150 * 150, 2)

    def forward(self, x):
        return self.fc(x.flatten(1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.SiLU()
        self.up = nn.Upsample(scale_factor=2)
        self.norm = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.norm(self.act(x))
        return self.up(x) - 1


class Unsupported(Base):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(Block(), Block())
        self.mirror = nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect")
        self.scale = nn.Parameter(torch.ones(8, 1, 1))

    def forward(self, x):
        x = F.gelu(self.conv(x))
        x = self.mirror(self.blocks(x))
        x = x * x.mean([2, 3], keepdim=True)
        x = x * self.scale + 1
        x = F.max_pool2d(x, 2, dilation=2)
        x = torch.add(x, x, alpha=2)
        x = torch.clamp(x, max=3)
        a, b = x.chunk(2, 1)
        x = torch.cat([a, b], dim=2)
        x = F.dropout(x)
        x = x.permute(0, 2, 3, 1)
        x = x.flatten(1).mean(1, keepdim=True)
        return F.softmax(x, dim=1)


class Padding(Base):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm2d(8)

    def forward(self, x):
        x = self.conv(F.pad(x, (1, 1, 1, 1), value=0.5))
        x = self.norm(x) + x
        x = F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 2)
        return F.pad(x, (-1, 0, 0, 0))


class Norms(Base):
    def __init__(self):
        super().__init__()
        self.lonely = nn.BatchNorm2d(8)
        self.forgetful = nn.BatchNorm2d(8, track_running_stats=False)
        self.group = nn.GroupNorm(2, 8)

    def forward(self, x):
        x = self.lonely(F.relu(self.conv(x)))
        x = self.group(self.forgetful(x))
        return self.fc(x)

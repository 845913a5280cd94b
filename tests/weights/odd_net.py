# SPDX-License-Identifier: Apache-2.0
"""A small network that uses what ordinary ones do not, for check_export.py."""

import torch
import torch.nn.functional as F
from torch import nn


class Gate(nn.Module):
    """A product of two branches; its ReLU is called twice."""

    def __init__(self, channels):
        super().__init__()
        self.left = nn.Conv2d(channels, channels, 3, padding="same", dilation=2, bias=False)
        self.norm = nn.BatchNorm2d(channels, eps=1e-3, affine=False)
        self.right = nn.Conv2d(channels, channels, (1, 4), padding="same", groups=channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.relu(self.relu(self.norm(self.left(x))) * self.right(x))


class OddNet(nn.Module):
    def __init__(self, classes=7):
        super().__init__()
        self.first = nn.Conv2d(3, 13, (5, 7), stride=2, padding=(2, 3), bias=False)
        self.norm = nn.BatchNorm2d(13)
        self.pad = nn.ZeroPad2d((1, 0, 2, 0))
        self.second = nn.Conv2d(13, 29, 3, stride=3)
        self.gate = nn.Sequential(Gate(29), nn.Identity(), nn.Dropout(0.3))
        self.grouped = nn.Conv2d(58, 30, 1, groups=2)
        self.act = nn.Hardtanh(-0.5, 1.25)
        self.head = nn.Sequential(nn.Linear(30 * 2 * 3, 11), nn.ReLU(), nn.Linear(11, classes, bias=False))

    def forward(self, x):
        x = F.relu6(self.norm(self.first(x)))
        x = self.second(self.pad(F.pad(x, (0, 1, 0, 1))))
        x = torch.cat([self.gate(x), x], dim=1)
        x = F.avg_pool2d(x, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)
        x = self.act(self.grouped(x))
        y = F.max_pool2d(x, (3, 2), stride=(1, 1), padding=(1, 0))
        x = torch.add(F.adaptive_avg_pool2d(y, (2, 3)), F.adaptive_avg_pool2d(x, (2, 3)))
        x = F.dropout(x, training=self.training)
        return self.head(x.view(x.size(0), -1))


class MeanNet(nn.Module):
    """mean instead of a pool, and an addition in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, bias=False)
        self.more = nn.Conv2d(8, 8, 1)
        self.fc = nn.Linear(8, 4)

    def forward(self, x, features=False):
        x = self.conv(x).clamp(min=0)
        y = self.more(x)
        y += x
        y = torch.clamp(y, 0.1, 3.0).mean(dim=(-1, -2), keepdim=True)
        if features:
            return y
        return self.fc(torch.flatten(y, 1)).clamp_(-1, 1)


class Wordy(nn.Module):
    """The same operations under their other names, and in place."""

    def __init__(self):
        super().__init__()
        self.conv = nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 6, 3, padding="valid"))
        self.one = nn.Conv2d(6, 6, 1, bias=False)
        self.identity = nn.Sequential()
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d((None, 3)), nn.MaxPool2d(2, 1), nn.AvgPool2d(2, divisor_override=3),
                                  nn.ReLU6())
        self.fc = nn.Linear(12, 12)

    def forward(self, x):
        x = self.conv(x).relu_()
        y = self.one(x.clone()).add_(x)
        torch.relu_(y)
        z = F.max_pool2d(F.avg_pool2d(y, 3, 1, 1), 3, 1, 1).mul_(y)
        x = torch.concat((torch.mul(x, y), z.contiguous().detach()), 1)
        x = F.hardtanh(x, -1, 2).clip(-0.5, 1.5)
        x = self.pool(self.identity(x))
        x = torch.add(x.mean((2, 3)), torch.mean(x, [-2, -1]))
        x = F.relu(self.fc(x.reshape(x.shape[0], -1)), inplace=True)
        return F.hardtanh(x + x) * F.relu6(x, True)

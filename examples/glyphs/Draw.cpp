//===- Draw.cpp - Procedural digits -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "examples/glyphs/Glyphs.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace coppice;
using namespace coppice::glyphs;

namespace {
/// x points right, y down; the digit's height is [-1, 1].
struct Point {
  double x, y;
};
using Stroke = std::vector<Point>;
} // namespace

static constexpr double kPi = 3.14159265358979323846;

/// An elliptic arc. Angles are in turns: 0 is right, 0.25 is down.
static Stroke arc(double cx, double cy, double rx, double ry, double from,
                  double to) {
  Stroke result;
  constexpr int steps = 16;
  for (int i = 0; i <= steps; ++i) {
    double angle = 2 * kPi * (from + (to - from) * i / steps);
    result.push_back({cx + rx * std::cos(angle), cy + ry * std::sin(angle)});
  }
  return result;
}

static Stroke operator+(Stroke a, const Stroke &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

static std::vector<Stroke> strokesOf(int digit, runtime::Random &random) {
  switch (digit) {
  case 0:
    return {arc(0, 0, 0.58, 1, 0, 1)};
  case 1:
    // Some people write a 1 with a foot.
    if (random.below(3) == 0)
      return {{{-0.35, -0.6}, {0.05, -1}, {0.05, 1}}, {{-0.35, 1}, {0.45, 1}}};
    return {{{-0.35, -0.6}, {0.05, -1}, {0.05, 1}}};
  case 2:
    return {arc(0, -0.45, 0.55, 0.55, -0.5, 0.1) +
            Stroke{{-0.6, 1}, {0.62, 1}}};
  case 3:
    return {arc(-0.05, -0.5, 0.52, 0.5, -0.42, 0.25) +
            arc(-0.05, 0.5, 0.6, 0.5, -0.25, 0.42)};
  case 4:
    // A 4 is closed or open at the top.
    if (random.below(2) == 0)
      return {{{0.3, 1}, {0.3, -1}, {-0.62, 0.35}, {0.65, 0.35}}};
    return {{{-0.35, -1}, {-0.5, 0.2}, {0.6, 0.2}}, {{0.35, -0.6}, {0.3, 1}}};
  case 5:
    return {Stroke{{0.5, -1}, {-0.42, -1}, {-0.48, -0.15}} +
            arc(-0.08, 0.4, 0.6, 0.6, -0.36, 0.4)};
  case 6:
    return {Stroke{{0.4, -1}, {-0.2, -0.5}} +
            arc(0, 0.42, 0.56, 0.58, -0.5, -1.5)};
  case 7:
    // Some people write a 7 with a bar.
    if (random.below(3) == 0)
      return {{{-0.55, -1}, {0.55, -1}, {-0.1, 1}}, {{-0.3, 0}, {0.5, 0}}};
    return {{{-0.55, -1}, {0.55, -1}, {-0.15, 1}}};
  case 8:
    return {arc(0, -0.5, 0.46, 0.48, 0.25, 1.25),
            arc(0, 0.5, 0.58, 0.52, -0.25, 0.75)};
  default:
    return {arc(0, -0.42, 0.54, 0.56, 0, 1) + Stroke{{0.5, 0.1}, {0.25, 1}}};
  }
}

static double distance(Point p, Point a, Point b) {
  double dx = b.x - a.x, dy = b.y - a.y;
  double length = dx * dx + dy * dy;
  double t = length > 0 ? ((p.x - a.x) * dx + (p.y - a.y) * dy) / length : 0;
  t = std::clamp(t, 0.0, 1.0);
  return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

void glyphs::draw(int digit, runtime::Random &random, uint8_t *pixels) {
  std::vector<Stroke> strokes = strokesOf(digit, random);

  // Draw into pixels: a wavering line, then shear, size, angle and position.
  double waver = random.uniform(0, 0.07), phase = random.uniform(0, 2 * kPi),
         pace = random.uniform(1.5, 3.5);
  double angle = random.uniform(-0.26, 0.26), shear = random.uniform(-0.3, 0.3);
  double width = random.uniform(6.2, 9.5), height = random.uniform(7.0, 10.0);
  Point centre{imageSize / 2.0 + random.uniform(-2.2, 2.2),
               imageSize / 2.0 + random.uniform(-2.2, 2.2)};
  for (Stroke &stroke : strokes)
    for (Point &p : stroke) {
      double x = p.x + waver * std::sin(pace * p.y * 2 + phase) - shear * p.y;
      double y = p.y + waver * std::sin(pace * p.x * 2 + phase * 2);
      x *= width;
      y *= height;
      p = {centre.x + x * std::cos(angle) - y * std::sin(angle),
           centre.y + x * std::sin(angle) + y * std::cos(angle)};
    }

  double pen = random.uniform(0.6, 1.5), ink = random.uniform(150, 255),
         paper = random.uniform(0, 30), grain = random.uniform(4, 24);
  for (int row = 0; row < imageSize; ++row)
    for (int column = 0; column < imageSize; ++column) {
      double nearest = imageSize;
      for (const Stroke &stroke : strokes)
        for (size_t i = 0; i + 1 < stroke.size(); ++i)
          nearest = std::min(nearest, distance({column + 0.5, row + 0.5},
                                               stroke[i], stroke[i + 1]));
      // The share of the pixel that the pen covers makes smooth edges.
      double cover = std::clamp(pen + 0.5 - nearest, 0.0, 1.0);
      // The sum approximates a normal distribution.
      double noise = 0;
      for (int i = 0; i < 4; ++i)
        noise += random.uniform(-0.87, 0.87);
      double grey = paper + (ink - paper) * cover + grain * noise;
      *pixels++ = static_cast<uint8_t>(std::clamp(grey, 0.0, 255.0));
    }
}

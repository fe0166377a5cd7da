import { type Anatomy, spineX, trunkX } from "./anatomy.js";
import { coverage, distance, roundness } from "./profile.js";

/** What trunk and arms add to the film at a place, from 0 outside to about 1. */
export function bodyDensity(anatomy: Anatomy, x: number, y: number): number {
  const out = Math.abs(x);
  const trunk = roundness(1 - out / trunkX(anatomy, y));
  // The upper arm hangs from the shoulder, away from the chest.
  const down = y - 0.25;
  const across = (out - 0.42 * anatomy.width - Math.max(0, 0.38 * down)) / 1.07;
  const radius = 0.1 * anatomy.girth;
  const inArm = radius - (down > 0 ? Math.abs(across) : distance(across, down));
  const arm = 0.72 * roundness(inArm / radius);
  // The body grows thicker from the neck down; trunk and arm melt where they meet.
  const build = 0.78 + 0.22 * Math.min(Math.max((y - 0.02) / 0.5, 0), 1.15);
  return 0.84 * build * Math.sqrt(Math.sqrt(trunk * trunk * trunk * trunk + arm * arm * arm * arm));
}

/** What the vertebral bodies add. */
export function spineDensity(anatomy: Anatomy, x: number, y: number): number {
  const off = Math.abs(x - spineX(anatomy, y)) / (0.03 + 0.008 * y);
  if (off > 1.4) return 0;
  // Bodies and discs take turns.
  const phase = y / 0.054;
  const fromDisc = 2 * Math.abs(phase - Math.floor(phase) - 0.5);
  return 0.065 * coverage((1 - off) * 0.03, 0.022) * (0.6 + 0.4 * coverage((0.8 - fromDisc) * 0.027, 0.012));
}

/** What the breasts add. */
export function breastDensity({ breast, width }: Anatomy, x: number, y: number): number {
  if (breast === 0) return 0;
  const reach = distance((Math.abs(x) - 0.21 * width) / 1.12, y - 0.63) / breast;
  return 0.15 * roundness(1 - reach) * Math.min(Math.max((y - 0.5) / 0.12, 0), 1);
}

/** What the gas in the stomach takes away. */
export function stomachGas({ stomach: { x, y, a, b } }: Anatomy, atX: number, atY: number): number {
  return 0.14 * coverage((1 - distance((atX - x) / a, (atY - y) / b)) * b, 0.014);
}

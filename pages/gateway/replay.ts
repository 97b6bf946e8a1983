// What the replay works out from the evidence of an attempt; no page, no clock.
import type { components } from '../design/gateway'

export type Replay = components['schemas']['ReplayView']
export type Camera = components['schemas']['CameraReplayView']
export type Wave = components['schemas']['WaveView']
export type Marks = components['schemas']['MarksView']
export type Point = [x: number, y: number]
/** A mark as the teacher left it: found by the gateway (and perhaps taken away), or added by hand. */
export type Mark = { at: number; found: number | null; gone: boolean }

// Nose, then left and right shoulder, elbow, wrist, hip, knee, ankle.
export const BONES: [number, number][] = [[1, 2], [7, 8], [1, 3], [3, 5], [2, 4], [4, 6], [7, 9], [9, 11], [8, 10], [10, 12]]
const LONGEST_GAP_MS = 1500
export const LEAST_APART_MS = 80

export function timeOf(wave: Wave, at: number): number {
  return wave.first_ms + (1000 * at) / wave.rate_hz
}

/** The value at a time, between two values in proportion. */
export function valueAt(wave: Wave, ms: number): number {
  const place = Math.min(Math.max(((ms - wave.first_ms) * wave.rate_hz) / 1000, 0), wave.values.length - 1)
  const low = Math.floor(place)
  const before = wave.values[low] ?? 0
  return before + ((wave.values[low + 1] ?? before) - before) * (place - low)
}

export function isPresent(camera: Camera, ms: number): boolean {
  const at = Math.round(((ms - camera.bounce.first_ms) * camera.bounce.rate_hz) / 1000)
  return camera.present.some(([first, end]) => at >= first! && at < end!)
}

/** When nobody was seen, as from and to. */
export function absences(camera: Camera): Point[] {
  const ends = [0, ...camera.present.flat(), camera.bounce.values.length]
  const gaps: Point[] = []
  for (let at = 0; at < ends.length; at += 2) {
    if (ends[at + 1]! > ends[at]!) gaps.push([timeOf(camera.bounce, ends[at]!), timeOf(camera.bounce, ends[at + 1]!)])
  }
  return gaps
}

/** Where band and camera part: the first skip that only one of them has, or the first time that nobody was seen. */
export function parting(camera: Camera, band: Marks): number | null {
  if (!band.timed) return absences(camera)[0]?.[0] ?? null
  const alone = (one: number[], other: number[]): number => one.find((at) => !other.some((there) => Math.abs(there - at) < 250)) ?? Infinity
  const first = Math.min(alone(camera.marks.skips_ms, band.skips_ms), alone(band.skips_ms, camera.marks.skips_ms))
  return Number.isFinite(first) ? first : null
}

/** The first place whose time is later than `ms`. */
export function after(times: number[], ms: number): number {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! > ms) high = middle
    else low = middle + 1
  }
  return low
}

/** The pose at a time, in pixels: between two key frames in proportion, lifted by the bounce that the camera saw between them. */
export function poseAt(camera: Camera, times: number[], ms: number): Point[] | null {
  if (!isPresent(camera, ms)) return null
  const next = after(times, ms)
  const one = camera.poses[Math.max(0, next - 1)]
  const two = camera.poses[Math.min(next, camera.poses.length - 1)]
  if (!one || !two || Math.min(Math.abs(ms - one.at_ms), Math.abs(two.at_ms - ms)) > LONGEST_GAP_MS) return null
  const span = two.at_ms - one.at_ms
  const share = span > 0 && span <= 2 * LONGEST_GAP_MS ? (ms - one.at_ms) / span : ms - one.at_ms < two.at_ms - ms ? 0 : 1
  const carried = valueAt(camera.bounce, one.at_ms) * (1 - share) + valueAt(camera.bounce, two.at_ms) * share
  const lift = ((valueAt(camera.bounce, ms) - carried) / 1000) * camera.torso_px
  return Array.from({ length: 13 }, (_, joint) => [
    mix(one.xy[2 * joint]!, two.xy[2 * joint]!, share) / 4,
    mix(one.xy[2 * joint + 1]!, two.xy[2 * joint + 1]!, share) / 4 - lift,
  ])
}

function mix(one: number, two: number, share: number): number {
  return one + (two - one) * share
}

export function middle(pose: Point[], one: number, two: number): Point {
  return [(pose[one]![0] + pose[two]![0]) / 2, (pose[one]![1] + pose[two]![1]) / 2]
}

/** Where the floor is: the feet are below it in a tenth of the poses only. */
export function floorOf(camera: Camera): number {
  const feet = camera.poses.map((pose) => Math.max(pose.xy[23]!, pose.xy[25]!) / 4).sort((a, b) => a - b)
  return feet[Math.floor(0.9 * (feet.length - 1))] ?? 0
}

/** A wave as a line in a box: one stroke for each column, from its lowest to its highest value, so that nothing is lost by shrinking. */
export function outline(wave: Wave, from_ms: number, to_ms: number, width: number, height: number): string {
  const columns = Math.max(1, Math.round(width))
  const low = new Array<number>(columns).fill(Infinity)
  const high = new Array<number>(columns).fill(-Infinity)
  wave.values.forEach((value, at) => {
    const x = Math.floor(((timeOf(wave, at) - from_ms) / (to_ms - from_ms)) * columns)
    if (x < 0 || x >= columns) return
    low[x] = Math.min(low[x]!, value)
    high[x] = Math.max(high[x]!, value)
  })
  const [least, most] = bounds(wave)
  const y = (value: number): string => (height - ((value - least) / (most - least)) * height).toFixed(1)
  let path = ''
  for (let x = 0; x < columns; x++) if (high[x]! >= low[x]!) path += `${path ? 'L' : 'M'}${x},${y(low[x]!)}L${x},${y(high[x]!)}`
  return path
}

/** The line of a wave between two times. */
export function curve(wave: Wave, from_ms: number, to_ms: number, width: number, height: number): string {
  const [least, most] = bounds(wave)
  const first = Math.max(0, Math.floor(((from_ms - wave.first_ms) * wave.rate_hz) / 1000))
  const end = Math.min(wave.values.length, Math.ceil(((to_ms - wave.first_ms) * wave.rate_hz) / 1000) + 1)
  let path = ''
  for (let at = first; at < end; at++) {
    const x = ((timeOf(wave, at) - from_ms) / (to_ms - from_ms)) * width
    path += `${path ? 'L' : 'M'}${x.toFixed(1)},${(height - ((wave.values[at]! - least) / (most - least)) * height).toFixed(1)}`
  }
  return path
}

/** What a wave is drawn between: a single stumble must not flatten all the rest. */
function bounds(wave: Wave): [number, number] {
  const known = ranges.get(wave)
  if (known) return known
  const sorted = [...wave.values].sort((a, b) => a - b)
  const least = sorted[Math.floor(0.005 * (sorted.length - 1))] ?? 0
  const most = sorted[Math.ceil(0.995 * (sorted.length - 1))] ?? 1
  const range: [number, number] = [least, Math.max(most, least + 1)]
  ranges.set(wave, range)
  return range
}
const ranges = new WeakMap<Wave, [number, number]>()

/** All marks in the order of time. */
export function marksOf(skips: number[], gone: Set<number>, added: number[]): Mark[] {
  const found: Mark[] = skips.map((at, index) => ({ at, found: index, gone: gone.has(index) }))
  return [...found, ...added.map((at) => ({ at, found: null, gone: false }))].sort((a, b) => a.at - b.at)
}

/** The mark nearest to a time, and how far it is. */
export function nearest(marks: Mark[], ms: number): { mark: Mark; apart: number } | null {
  let best: { mark: Mark; apart: number } | null = null
  for (const mark of marks) {
    const apart = Math.abs(mark.at - ms)
    if (!best || apart < best.apart) best = { mark, apart }
  }
  return best
}

export function clock(ms: number): string {
  const tenths = Math.max(0, Math.floor(ms / 100))
  return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, '0')}.${tenths % 10}`
}

// What the pages of a run work out from what the gateway tells; no page, no clock.
import type { components } from '../design/gateway'

type Schemas = components['schemas']
export type Run = Schemas['RunView']
export type Runner = Schemas['RunnerView']
export type Lap = Schemas['LapView']
export type Order = Schemas['OrderView']
export type Activity = Schemas['ActivityView']
type Tile = Schemas['TileView']
/** A runner with name and number. */
export type Entry = { tile: Tile; runner: Runner }
export type Mark = { at_ms: number; label: string; hot: boolean }

/** Nobody laps faster (m/s): until then a second tap on a name is a slip of the finger. The gateway's activities say the same. */
/** Up to here laps are drawn as one square each. */
export const MOST_PIPS = 10

/** Up to here a run is told in tenths. */
export function isDash(distance_m: number | null): boolean {
  return distance_m !== null && distance_m <= 100
}

/** Everyone has a lane: the dash, and the shuttle. */
export function inLanes(run: Run): boolean {
  return run.shuttle || run.passes === 1
}

/** 49.8, 4:12.4; with two digits 4:12.43; whole seconds, those that are over: 0:49, 4:12. */
export function runTime(ms: number, digits: 0 | 1 | 2 = 1): string {
  if (ms < 0) return `−${runTime(-ms, digits)}`
  const step = 10 ** (3 - digits)
  const units = digits ? Math.round(ms / step) : Math.floor(ms / step)
  const minutes = Math.floor((units * step) / 60_000)
  const seconds = ((units * step) / 1000 - 60 * minutes).toFixed(digits)
  if (digits && minutes === 0) return seconds
  return `${minutes}:${seconds.padStart(digits ? digits + 3 : 2, '0')}`
}

/** A time at the finish, as the rules round: a part of a tenth counts as a whole one. */
export function finishTime(ms: number): string {
  return runTime(Math.ceil(ms / 100) * 100)
}

/** How far behind the first: in time at the same distance; in laps, once the first has come by so often before this runner did. */
export function gapOf(runner: Runner, run: Run): { ms: number } | { laps: number } | null {
  if (runner.place === null || runner.place === 1) return null
  const first = run.runners.find((one) => one.place === 1)
  const laps = (first?.laps.filter((lap) => lap.at_ms <= runner.elapsed_ms).length ?? 0) - runner.laps.length
  if (laps > 0) return { laps }
  return runner.gap_ms !== null && runner.gap_ms >= 0 ? { ms: runner.gap_ms } : null
}

/** A time as it stands on the list: tenths where the rules keep them (a dash), else whole seconds; a part of a second is never hidden. */
export function officialTime(ms: number, dash: boolean): string {
  return dash || ms % 1000 ? runTime(ms) : runTime(ms, 0)
}

/** 3:45, 3:45.2, 225 or 8.3 as milliseconds; `null` where it is no time. */
export function readTime(text: string): number | null {
  const found = /^\s*(?:(\d{1,2})[:：])?(\d{1,4})(?:[.．](\d))?\s*$/.exec(text)
  if (!found || (found[1] !== undefined && Number(found[2]) > 59)) return null
  return (Number(found[1] ?? 0) * 60 + Number(found[2])) * 1000 + Number(found[3] ?? 0) * 100
}

/** A pace: m:ss a kilometre. */
export function pace(s_per_km: number): string {
  return runTime(Math.round(s_per_km) * 1000, 0)
}

/** The field in its order: lanes stay where they are; else by place, then who has no lap yet, then who has given up. */
export function fieldOrder(tiles: readonly Tile[], run: Run): Entry[] {
  const entries = tiles.flatMap((tile, at) => (tile.present && run.runners[at] ? [{ tile, runner: run.runners[at] }] : []))
  if (inLanes(run)) return entries
  const rank = ({ runner }: Entry): number => (runner.stopped && !runner.finished ? 2000 : 0) + (runner.place ?? 1000)
  return entries.sort((a, b) => rank(a) - rank(b) || a.tile.number - b.tile.number)
}

export function isGoing(runner: Runner): boolean {
  return !runner.finished && !runner.stopped
}

/** When a runner is expected at the line, ms since the signal; `null` before the first lap. */
export function expectedMs(runner: Runner, run: Run): number | null {
  return runner.pace_s_per_km === null || !isGoing(runner) ? null : runner.elapsed_ms + runner.pace_s_per_km * run.lap_m
}

/** How much of the lap that is being run is likely behind a runner; never all of it, because the line was not passed. */
export function lapShare(runner: Runner, run: Run, now_ms: number): number {
  const next = expectedMs(runner, run)
  if (next === null) return 0
  return Math.min(0.95, Math.max(0, (now_ms - runner.elapsed_ms) / (next - runner.elapsed_ms)))
}

/** Too soon to be at the line again. */
export function justPassed(runner: Runner, run: Run, now_ms: number): boolean {
  return runner.passes > 0 && now_ms - runner.elapsed_ms < run.least_lap_s * 1000
}

/** Who is expected next comes first: those who have no lap yet by number, then by the time at their pace; just passed and done last. */
export function nextOrder(entries: readonly Entry[], run: Run, now_ms: number): Entry[] {
  const key = ({ runner }: Entry): number => {
    if (!isGoing(runner)) return Infinity
    if (inLanes(run)) return 0
    return expectedMs(runner, run) ?? (runner.passes ? now_ms : 0)
  }
  return [...entries].sort((a, b) => {
    const [first, second] = [key(a), key(b)]
    return (first === second ? 0 : first - second) || (a.tile.station ?? a.tile.number) - (b.tile.station ?? b.tile.number)
  })
}

/** What a run against time comes to at the pace so far, in whole tens of metres. */
export function expectedMetres(runner: Runner, duration_ms: number): number | null {
  if (runner.elapsed_ms <= 0 || runner.at_m === 0 || runner.stopped) return null
  return Math.round((runner.at_m * Math.max(1, duration_ms / runner.elapsed_ms)) / 10) * 10
}

/** The doubt of a runner's laps that a row names: the gravest of them. */
export function doubtOf(runner: Runner): Lap['doubt'] | 'in_question' {
  if (runner.laps.some((lap) => lap.in_question)) return 'in_question'
  for (const kind of ['missed_touch', 'no_steps', 'unsure'] as const) if (runner.laps.some((lap) => lap.doubt === kind)) return kind
  return null
}

/** The pass that is new since `before`. */
export function newLap(before: readonly Lap[], after: readonly Lap[]): Lap | null {
  const known = new Set(before.map((lap) => lap.lap))
  return after.find((lap) => !known.has(lap.lap)) ?? null
}

/** Passes of the line from one moment to another, with the number of who it was. */
export function passesBetween(entries: readonly Entry[], from_ms: number, to_ms: number): Mark[] {
  return entries
    .flatMap(({ tile, runner }) => runner.laps.map((lap) => ({ at_ms: lap.at_ms, label: String(tile.station ?? tile.number), hot: false })))
    .filter((mark) => mark.at_ms >= from_ms && mark.at_ms <= to_ms)
    .sort((a, b) => a.at_ms - b.at_ms)
}

/** The pace of each lap, at the distance of its end, in s a km. */
export function paces(runner: Runner): { at_m: number; from_m: number; s_per_km: number }[] {
  return runner.laps.flatMap((lap, at) => {
    const from_m = runner.laps[at - 1]?.at_m ?? 0
    return lap.at_m > from_m ? [{ at_m: lap.at_m, from_m, s_per_km: lap.ms / (lap.at_m - from_m) }] : []
  })
}

/** The pace of the middle one of the field, lap by lap. */
export function fieldPaces(runners: readonly Runner[]): { at_m: number; from_m: number; s_per_km: number }[] {
  const found = new Map<number, { from_m: number; all: number[] }>()
  for (const one of runners.flatMap(paces)) {
    const at = found.get(one.at_m) ?? { from_m: one.from_m, all: [] }
    at.all.push(one.s_per_km)
    found.set(one.at_m, at)
  }
  return [...found].sort((a, b) => a[0] - b[0]).map(([at_m, { from_m, all }]) => {
    all.sort((a, b) => a - b)
    const half = Math.floor(all.length / 2)
    return { at_m, from_m, s_per_km: all.length % 2 ? all[half]! : (all[half - 1]! + all[half]!) / 2 }
  })
}

/** What results are ordered by: times upwards with who did not finish last, equal ones by the time at the line; else downwards. */
function resultKey({ tile, runner }: Entry, unit: Activity['unit']): [number, number] {
  const official = tile.result?.official ?? 0
  return unit === 'ms' ? [official || Infinity, official ? runner.elapsed_ms : 0] : [-official, 0]
}

export function byResult(a: Entry, b: Entry, unit: Activity['unit']): number {
  const [first, second] = [resultKey(a, unit), resultKey(b, unit)]
  return (first[0] === second[0] ? first[1] - second[1] : first[0] - second[0]) || a.tile.number - b.tile.number
}

/** The place in the results, shared by those who are level; `null` for who did not finish. */
export function resultPlace(entry: Entry, entries: readonly Entry[], unit: Activity['unit']): number | null {
  const [official, elapsed] = resultKey(entry, unit)
  if (official === Infinity) return null
  return 1 + entries.filter((other) => {
    const [first, second] = resultKey(other, unit)
    return other.tile.result !== null && (first < official || (first === official && second < elapsed))
  }).length
}

import type { components } from '../design/gateway'
import type { Word } from '../design/words'

export type Square = components['schemas']['SquareView']
export type Rules = Pick<components['schemas']['StationsView'], 'elsewhere' | 'least_width_px' | 'least_height_px' | 'most_shared'>
export type Fault = { word: Word; stations: number[] }
export type Box = Omit<Square, 'number'>
export type Size = { width: number; height: number }
export type Corner = 'nw' | 'ne' | 'sw' | 'se'

const middle = (box: Box): number => box.x + box.width / 2

export function leftToRight<One extends Box>(boxes: readonly One[]): One[] {
  return [...boxes].sort((a, b) => middle(a) - middle(b) || a.y - b.y)
}

/** 1, 2, 3 … without the numbers that are taken. */
export function* freeNumbers(taken: readonly number[]): Generator<number, void> {
  for (let number = 1; number < 100; number++) if (!taken.includes(number)) yield number
}

export function numbered(boxes: readonly Box[], taken: readonly number[]): Square[] {
  const free = freeNumbers(taken)
  return leftToRight(boxes).map(({ x, y, width, height }) => ({ number: free.next().value ?? 99, x, y, width, height }))
}

/** n equal squares side by side over a strip. */
export function inARow(strip: Box, count: number): Box[] {
  const width = Math.floor(strip.width / count)
  return Array.from({ length: count }, (_, at) => ({ x: strip.x + at * width, y: strip.y, width, height: strip.height }))
}

export function scaled(squares: readonly Square[], from: Size, to: Size): Square[] {
  const across = to.width / from.width
  const down = to.height / from.height
  return squares.map((one) => ({
    number: one.number, x: Math.round(one.x * across), y: Math.round(one.y * down), width: Math.round(one.width * across), height: Math.round(one.height * down),
  }))
}

/** Between two points, within the picture. */
export function between(ax: number, ay: number, bx: number, by: number, picture: Size): Box {
  const within = (value: number, most: number): number => Math.round(Math.min(Math.max(value, 0), most))
  const [left, right] = [within(Math.min(ax, bx), picture.width), within(Math.max(ax, bx), picture.width)]
  const [top, bottom] = [within(Math.min(ay, by), picture.height), within(Math.max(ay, by), picture.height)]
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) }
}

export function moved<One extends Box>(box: One, dx: number, dy: number, picture: Size): One {
  const x = Math.round(Math.min(Math.max(box.x + dx, 0), Math.max(0, picture.width - box.width)))
  const y = Math.round(Math.min(Math.max(box.y + dy, 0), Math.max(0, picture.height - box.height)))
  return { ...box, x, y }
}

export function resized<One extends Box>(box: One, corner: Corner, dx: number, dy: number, picture: Size): One {
  const [left, right] = [box.x + (corner.endsWith('w') ? dx : 0), box.x + box.width + (corner.endsWith('e') ? dx : 0)]
  const [top, bottom] = [box.y + (corner.startsWith('n') ? dy : 0), box.y + box.height + (corner.startsWith('s') ? dy : 0)]
  return { ...box, ...between(left, top, right, bottom, picture) }
}

/** Share of the smaller one that two have in common. */
export function shared(a: Box, b: Box): number {
  const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return across > 0 && down > 0 ? (across * down) / Math.min(a.width * a.height, b.width * b.height) : 0
}

/** What stands in the way of saving; the gateway judges by the same rules again. */
export function faultsOf(squares: readonly Square[], picture: Size, rules: Rules): Fault[] {
  const faults: Fault[] = []
  squares.forEach((one, at) => {
    if (one.height < rules.least_height_px || one.width < rules.least_width_px) faults.push({ word: 'faultSmall', stations: [one.number] })
    if (one.x < 0 || one.y < 0 || one.x + one.width > picture.width || one.y + one.height > picture.height) faults.push({ word: 'faultOutside', stations: [one.number] })
    if (rules.elsewhere.includes(one.number)) faults.push({ word: 'faultElsewhere', stations: [one.number] })
    for (const other of squares.slice(at + 1)) {
      if (other.number === one.number) faults.push({ word: 'faultTwice', stations: [one.number] })
      else if (shared(one, other) > rules.most_shared) faults.push({ word: 'faultShared', stations: [one.number, other.number] })
    }
  })
  return faults
}

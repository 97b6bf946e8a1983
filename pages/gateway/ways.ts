import type { components } from '../design/gateway'

export type Direction = NonNullable<components['schemas']['LineView']['direction']>
export type Ends = [number, number, number, number]

/** The two ways across a line: left and right where it is more upright than level, else up and down. As the gateway judges it. */
export function waysOf(ends: Ends): [Direction, Direction] {
  return Math.abs(ends[3] - ends[1]) >= Math.abs(ends[2] - ends[0]) ? ['left_to_right', 'right_to_left'] : ['top_to_bottom', 'bottom_to_top']
}

/** A way that was chosen for another slope of the line, for this one. */
export function turned(direction: Direction | null, ends: Ends): Direction | null {
  if (direction === null) return null
  const [there, back] = waysOf(ends)
  return direction === 'left_to_right' || direction === 'top_to_bottom' ? there : back
}

/** An arrow across the middle of a line, as the path of an SVG. */
export function arrowOf(ends: Ends, direction: Direction, long: number): string {
  const [x, y] = [(ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2]
  const length = Math.hypot(ends[2] - ends[0], ends[3] - ends[1]) || 1
  let [dx, dy] = [-(ends[3] - ends[1]) / length, (ends[2] - ends[0]) / length]
  const ahead = direction === 'left_to_right' ? dx > 0 : direction === 'right_to_left' ? dx < 0 : direction === 'top_to_bottom' ? dy > 0 : dy < 0
  if (!ahead) [dx, dy] = [-dx, -dy]
  const at = (along: number, aside: number): string => `${(x + along * dx - aside * dy).toFixed(1)} ${(y + along * dy + aside * dx).toFixed(1)}`
  return `M${at(-long, 0)} L${at(long, 0)} M${at(0.55 * long, 0.35 * long)} L${at(long, 0)} L${at(0.55 * long, -0.35 * long)}`
}

// What the platform has told, in words: homework and the heats of contests.
import type { components } from '../design/gateway'
import { language, number, say } from '../design/language.svelte'
import { runTime, type Activity } from './run'

type Schemas = components['schemas']
export type Assignment = Schemas['AssignmentView']
export type Contest = Schemas['ContestView']

const DAY_MS = 86_400_000
const locale = (): string => (language.now === 'zh' ? 'zh-CN' : 'en-GB')
const midnight = (at_ms: number): number => new Date(at_ms).setHours(0, 0, 0, 0)

/** Today, the weekday within a week, the date beyond. */
export function day(at_ms: number, now_ms: number): string {
  const days = Math.round((midnight(at_ms) - midnight(now_ms)) / DAY_MS)
  if (days === 0) return say('today')
  const shape: Intl.DateTimeFormatOptions = days > 0 && days < 7 ? { weekday: 'long' } : { day: 'numeric', month: 'short' }
  return new Date(at_ms).toLocaleDateString(locale(), shape)
}

export function goal(assignment: Assignment, activity: Activity | undefined): string {
  switch (activity?.unit) {
    case 'ms': return runTime(assignment.goal)
    case 'm': return say('metres', number(assignment.goal))
    case 'laps': return say('laps', assignment.goal)
    default: return number(assignment.goal)
  }
}

export function doing(activity: Activity | undefined, id: string): string {
  if (activity === undefined) return id
  const name = language.now === 'zh' ? activity.name_zh : activity.name_en
  return activity.lap_m === null ? say('ropeOf', name) : name
}

/** " · Friday" where all heats of a contest are on one day that is not today. */
export function commonDay(contest: Contest, now_ms: number): string {
  const days = new Set(contest.heats.map((heat) => midnight(heat.starts_at_ms)))
  return days.size === 1 && !days.has(midnight(now_ms)) ? ` · ${day(contest.heats[0]!.starts_at_ms, now_ms)}` : ''
}

/** "14:10", with the day where it is another one and has not been said. */
export function at(starts_at_ms: number, now_ms: number, daySaid: boolean): string {
  const clock = new Date(starts_at_ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return daySaid || midnight(starts_at_ms) === midnight(now_ms) ? clock : `${day(starts_at_ms, now_ms)} ${clock}`
}

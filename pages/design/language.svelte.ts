import { words, type Word } from './words'

export type Language = 'zh' | 'en'
const KEY = 'touchline.language'

function remembered(): Language {
  try {
    const told = localStorage.getItem(KEY) ?? new URLSearchParams(location.search).get('lang')
    if (told === 'en' || told === 'zh') return told
  } catch {
    // A browser without storage still has a language.
  }
  return navigator.language.startsWith('zh') ? 'zh' : 'en'
}

class LanguageState {
  now = $state<Language>(remembered())

  switch(): void {
    this.now = this.now === 'zh' ? 'en' : 'zh'
    try {
      localStorage.setItem(KEY, this.now)
    } catch {
      // see above
    }
    this.apply()
  }

  // Without the language on the document Han glyphs come out in Japanese shapes.
  apply(): void {
    document.documentElement.lang = this.now === 'zh' ? 'zh-CN' : 'en'
  }
}

export const language = new LanguageState()
language.apply()

export function say(word: Word, ...values: (string | number)[]): string {
  return words[language.now][word].replace(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)] ?? ''))
}

export function number(value: number): string {
  return value.toLocaleString('en').replaceAll(',', '\u2009')
}

export function time(at_ms: number): string {
  return new Date(at_ms).toLocaleTimeString('en-GB')
}

export function duration(seconds: number | null): string {
  if (seconds === null) return say('practice')
  return seconds < 60 || seconds % 60 ? say('seconds', seconds) : say('minutes', seconds / 60)
}

/** What is done: the time of it, or the name of a run. */
export function what(activity: { lap_m: number | null; duration_s: number | null; name_zh: string; name_en: string }): string {
  if (activity.lap_m === null) return duration(activity.duration_s)
  return language.now === 'zh' ? activity.name_zh : activity.name_en
}

// The pictures of one station, fetched ten seconds at a time and drawn on a canvas; the browser keeps none of them on disk.
import type { components } from '../design/gateway'

type About = components['schemas']['ClipView']
type Picture = { at: number; blob: Blob }

export class Clip {
  #parts = new Map<number, Promise<Picture[]>>()
  #drawn = NaN
  #wanted = 0

  constructor(private readonly attempt: string, private readonly about: About) {}

  /** Draw the picture of a time, when it is there. */
  async draw(canvas: HTMLCanvasElement, ms: number): Promise<void> {
    const wanted = ++this.#wanted
    const part = Math.floor((ms - this.about.from_ms) / this.about.part_ms)
    const pictures = await this.#part(part)
    void this.#part(part + 1)
    let chosen: Picture | undefined
    for (const picture of pictures) if (picture.at <= ms) chosen = picture
    chosen ??= pictures[0]
    if (!chosen || chosen.at === this.#drawn || wanted !== this.#wanted) return
    const bitmap = await createImageBitmap(chosen.blob)
    if (wanted === this.#wanted) {
      canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
      this.#drawn = chosen.at
    }
    bitmap.close()
  }

  #part(index: number): Promise<Picture[]> {
    const from = this.about.from_ms + index * this.about.part_ms
    if (index < 0 || from > this.about.to_ms) return Promise.resolve([])
    let part = this.#parts.get(index)
    if (!part) {
      part = this.#fetch(from, from + this.about.part_ms)
      this.#parts.set(index, part)
      // Three parts are in memory: before, now and next.
      for (const old of [...this.#parts.keys()]) if (this.#parts.size > 3 && Math.abs(old - index) > 1) this.#parts.delete(old)
    }
    return part
  }

  async #fetch(from: number, to: number): Promise<Picture[]> {
    try {
      const answer = await fetch(`/api/attempts/${this.attempt}/clip?from_ms=${Math.round(from)}&to_ms=${Math.round(to)}`)
      return answer.ok ? cut(await answer.arrayBuffer()) : []
    } catch {
      return []
    }
  }
}

/** Before each picture stand its time (int32, ms) and its bytes (uint32), little-endian. */
export function cut(data: ArrayBuffer): Picture[] {
  const view = new DataView(data)
  const pictures: Picture[] = []
  for (let at = 0; at + 8 <= data.byteLength; ) {
    const size = view.getUint32(at + 4, true)
    pictures.push({ at: view.getInt32(at, true), blob: new Blob([data.slice(at + 8, at + 8 + size)], { type: 'image/jpeg' }) })
    at += 8 + size
  }
  return pictures
}

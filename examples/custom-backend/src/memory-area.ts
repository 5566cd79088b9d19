import type { WebArea } from "./web-storage.ts"

/** A `sessionStorage` for programs that have none. */
export class MemoryArea implements WebArea {
  readonly #items = new Map<string, string>()

  get length(): number {
    return this.#items.size
  }

  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null
  }

  getItem(name: string): string | null {
    return this.#items.get(name) ?? null
  }

  setItem(name: string, text: string): void {
    this.#items.set(name, text)
  }

  removeItem(name: string): void {
    this.#items.delete(name)
  }
}

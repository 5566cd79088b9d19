import { type IssuePlace, validate, validateSync } from "../schema/validate.ts"
import type { OpenConfigOptions } from "./config-options.ts"
import type { LayerFile, SourceFile } from "./file-layer.ts"
import { type Layer, originText } from "./layer.ts"
import type { LayerSources } from "./layer-sources.ts"
import { isBelow, quotesSecret } from "./masking.ts"
import { type MergePolicies, mergeLayers } from "./merge-layers.ts"
import { originsAt } from "./origins.ts"

/** The files of a configuration and what they make together. */
export interface Loaded<Value> {
  readonly files: readonly LayerFile[]
  /** The `.env` files. */
  readonly dotenv: readonly SourceFile[]
  readonly layers: readonly Layer[]
  readonly value: Value
}

/** Merges and validates what `files` hold. */
export async function loadConfig<Value>(
  options: OpenConfigOptions<Value>,
  sources: LayerSources,
  files: readonly LayerFile[],
  dotenv: readonly SourceFile[] = sources.dotenv(),
): Promise<Loaded<Value>> {
  const { schema } = options
  const { found, merged, ...about } = merge(options, sources, files, dotenv)
  const value = schema ? await validate(schema, merged, what, about.place, about.isSecret) : merged
  return { ...found, value: value as Value }
}

/** `loadConfig` for programs that cannot wait. */
export function loadConfigSync<Value>(
  options: OpenConfigOptions<Value>,
  sources: LayerSources,
  files: readonly LayerFile[],
): Loaded<Value> {
  const { schema } = options
  const { found, merged, ...about } = merge(options, sources, files, sources.dotenv())
  const value = schema ? validateSync(schema, merged, what, about.place, about.isSecret) : merged
  return { ...found, value: value as Value }
}

const what = "The configuration"

function merge(
  { policies = {}, secrets }: Pick<OpenConfigOptions, "policies" | "secrets">,
  sources: LayerSources,
  files: readonly LayerFile[],
  dotenv: readonly SourceFile[],
) {
  const layers = sources.layers(files, dotenv)
  const merged = mergeLayers(layers, policies)
  return {
    found: { files, dotenv, layers },
    merged,
    place: placeIn(layers, policies),
    // Schemas quote what is wrong, and at what holds a secret too.
    isSecret: (path: readonly (string | number)[], message: string) =>
      isBelow(path.join("."), secrets) || quotesSecret(message, merged, secrets),
  }
}

function placeIn(layers: readonly Layer[], policies: MergePolicies): IssuePlace {
  return (path) => {
    const names = path.map(String)
    for (let length = names.length; length > 0; length--) {
      const [origin] = originsAt(layers, names.slice(0, length), policies)
      if (origin) return { origin, text: originText(origin) }
    }
    return undefined
  }
}

/** What became of files, by the paths that they had. */
export interface FileNews {
  /** Those that are not as they were. */
  readonly changed: readonly string[]
  /** Those of them that are not there any more, or that nothing is in. */
  readonly gone: readonly string[]
}

/** What others made of `one` is `other`. */
export function fileNews(one: readonly SourceFile[], other: readonly SourceFile[]): FileNews {
  const isBlank = (file: SourceFile | undefined) => (file?.text ?? "").trim() === ""
  const paths = (isMeant: (file: SourceFile, index: number) => boolean) =>
    one.filter(isMeant).map(({ path }) => path)
  return {
    changed: paths((file, index) => !isSame(file, other[index])),
    gone: paths((file, index) => !isBlank(file) && isBlank(other[index])),
  }
}

/** Whether nobody changed a file. */
export function sameFiles(one: readonly SourceFile[], other: readonly SourceFile[]): boolean {
  return one.every((file, index) => isSame(file, other[index]))
}

function isSame({ path, text }: SourceFile, other: SourceFile | undefined): boolean {
  return other?.path === path && other.text === text
}

import { type Config, type OpenConfigOptions, openConfig } from "@persist/managers/config"
import { z } from "zod"

// Strict: a misspelt name is told, not ignored.
const schema = z.strictObject({
  server: z.strictObject({
    port: z.number().int().min(1).max(65535).default(8080),
    host: z.string().default("localhost"),
  }),
  logLevel: z.enum(["debug", "info", "warn"]).default("info"),
  plugins: z.array(z.string()).default([]),
  token: z.string().optional(),
})

export type Settings = z.infer<typeof schema>

/** The tool's configuration: built-in < user file < project file < environment < flags. */
export async function openSettings(
  flags: NonNullable<OpenConfigOptions["overrides"]>,
): Promise<Config<Settings>> {
  return openConfig({
    schema,
    app: "persist-cli-config",
    project: "cli-config",
    defaults: { server: {} },
    environment: { prefix: "CLI_CONFIG_" },
    overrides: flags,
    secrets: ["token"],
  })
}

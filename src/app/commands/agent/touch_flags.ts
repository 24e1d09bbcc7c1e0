/** `--plan`, `--lock` and `--observe`: what a message touches, before, while and after it. */
import type { Streams } from "../context.ts";
import type { Ward } from "../../ward.ts";
import { UsageError } from "../../../base/app_error.ts";
import { exists } from "../../../host/files/file_exists.ts";
import { absolutePath } from "../../../host/files/user_path.ts";
import { writePrivateFile } from "../../../host/files/write_file.ts";
import { type Manifest, manifestText, parseManifest } from "../../../kernel/manifest/manifest.ts";
import { TouchWatch } from "../../../kernel/manifest/touch_watch.ts";
import { safeJson } from "../../../surfaces/cli/sanitize_terminal.ts";
import { formatTouched } from "../../../surfaces/cli/format/format_touched.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";

type Flags = Pick<Extract<ParsedCommand, { type: "agent" }>, "plan" | "lock" | "observe">;

/** What the flags ask for. */
export interface Touching {
  readonly watch: TouchWatch;
  /** Prints the plan or writes the manifest, once the turn has ended. */
  finish(streams: Pick<Streams, "stdout" | "stderr" | "json">): Promise<void>;
}

/**
 * Looks at the flags before anything is started.
 *
 * @param folder The user's, which their paths are relative to.
 * @param isChat Whether messages are asked for one by one.
 * @returns null: none of them was given.
 * @throws {UsageError} `manifest.needs_message`, `manifest.not_found`, `manifest.broken`,
 * `manifest.file_exists`.
 */
export function touching(
  { plan, lock, observe }: Flags,
  ward: Ward,
  { folder, isChat }: { folder: string; isChat: boolean },
): Touching | null {
  if (!plan && lock === null && observe === null) return null;
  if (isChat) {
    throw new UsageError("manifest.needs_message", "This flag is for one message", {
      hint: "Add -m <message>",
    });
  }
  const { workspace } = ward.start.settings;
  const absolute = (path: string) => absolutePath(path, folder, ward.facts.osHome);
  const observed = observe === null ? null : absolute(observe);
  if (observed !== null && exists(observed)) {
    throw new UsageError(
      "manifest.file_exists",
      `"${observed}" is there already; nothing was run`,
      { hint: "Remove it, or name another file" },
    );
  }
  const locked = lock === null ? null : absolute(lock);
  const manifest = locked === null ? null : readManifest(locked);
  ward.lock = manifest;
  const watch = new TouchWatch({
    workspace,
    isPlan: plan,
    lock: locked === null || manifest === null ? null : { path: locked, manifest },
    realPath: ward.facts.realPath,
  });
  return {
    watch,
    async finish({ stdout, stderr, json }) {
      if (plan) {
        const rows = watch.rows();
        stdout.write(json ? safeJson({ type: "plan", rows }) + "\n" : formatTouched(rows, stdout));
      }
      if (observed === null) return;
      await writeManifest(observed, watch.manifest(ward.network.everReached()));
      if (!json) stderr.write(`Wrote what was enough to ${observed}\n`);
    },
  };
}

function readManifest(path: string): Manifest {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch {
    throw new UsageError("manifest.not_found", `There is no manifest at "${path}"`, {
      hint: "Make one with ward agent --observe <file> -m <message>",
    });
  }
  return parseManifest(text, path);
}

async function writeManifest(path: string, manifest: Manifest): Promise<void> {
  async function* pieces(): AsyncGenerator<string> {
    yield await Promise.resolve(manifestText(manifest, path.endsWith(".json") ? "json" : "toml"));
  }
  try {
    await writePrivateFile(path, pieces());
  } catch (error) {
    const why = error instanceof Error ? error.message : "it failed";
    throw new UsageError("manifest.not_written", `Cannot write "${path}": ${why}`, {
      hint: "Name a file in a folder that you may write to",
    });
  }
}

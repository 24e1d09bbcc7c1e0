/** `ward service install` and `uninstall`. */
import { planOf, serviceOf } from "./parts.ts";
import { print, type ProfileContext } from "../context.ts";
import { prompterOf } from "../../prompting.ts";
import { AppError, UsageError } from "../../../base/app_error.ts";
import { absolutePath } from "../../../host/files/user_path.ts";
import { readWhole, removeFile, writeFileIn } from "../../../host/files/service_file.ts";
import type { ManagerAnswer, ManagerPrograms } from "../../../host/process/service_manager.ts";
import { keysLeftBehind } from "../../../kernel/service/keys_left_behind.ts";
import { serviceFile } from "../../../kernel/service/service_file.ts";
import type { ServicePlace } from "../../../kernel/service/service_name.ts";
import { configDiff, diffRows } from "../../../surfaces/cli/format/format_onboard.ts";
import type { ParsedCommand } from "../../../surfaces/cli/parsed_command.ts";
import { revealHidden } from "../../../surfaces/cli/sanitize_terminal.ts";

type Install = Extract<ParsedCommand, { type: "service_install" }>;

/** Shows the file, asks, writes it, and has the manager start it. @returns 1 when the user says no. */
export async function serviceInstall(command: Install, context: ProfileContext): Promise<number> {
  const { profile, stderr } = context;
  const service = serviceOf(context);
  const { programs, place } = service;
  const credentials = credentialsOf(command, context, programs);
  const plan = planOf(context, service, { workspace: command.workspace, credentials });
  const before = readWhole(place.path);
  const after = serviceFile(plan);
  const left = keysLeftBehind(profile.environment.variables, credentials);
  const report = {
    manager: programs.manager,
    service: place.name,
    file: place.path,
    text: after,
    changed: before !== after,
    notPassed: left,
  };
  if (report.changed) {
    stderr.write(diffRows(configDiff(place.path, before ?? "", after), stderr).join("\n") + "\n");
  }
  if (left.length > 0) {
    stderr.write(
      `! Only in your environment, so the service does not have them: ${left.join(", ")}. ` +
        "Save each (ward secrets set <provider>), or name a file (--credential NAME=<file>)\n",
    );
  }
  if (command.dryRun) {
    print(context, { ...report, started: false }, () => "Nothing was written\n");
    return 0;
  }
  if (report.changed && !command.yes) {
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("service.confirm", `Would write "${place.path}"`, {
        hint: "Add --yes to do it, or --dry-run to see it",
      });
    }
    if (!await prompter.confirm({ title: `Write ${revealHidden(place.path)}?` })) return 1;
  }
  if (report.changed) writeFileIn(place.path, after);
  if (command.start) await begin(programs, place);
  print(
    context,
    { ...report, started: command.start },
    () =>
      [
        report.changed ? `Wrote ${revealHidden(place.path)}` : "The file is so already",
        command.start
          ? `${place.name} runs; see: ward service status`
          : "It is not started: ward service install starts it",
      ].join(". ") + "\n",
  );
  if (command.start) stderr.write(await lingerHint(programs, profile.environment.variables));
  return 0;
}

/** Stops it and takes its file away. */
export async function serviceUninstall(
  { yes }: Extract<ParsedCommand, { type: "service_uninstall" }>,
  context: ProfileContext,
): Promise<number> {
  const { programs, place } = serviceOf(context);
  const isThere = readWhole(place.path) !== null;
  if (!isThere) {
    print(
      context,
      { service: place.name, removed: false },
      () => `There is no ${place.name} (${revealHidden(place.path)})\n`,
    );
    return 0;
  }
  if (!yes) {
    const prompter = prompterOf(context);
    if (!prompter) {
      throw new UsageError("service.confirm", `Would stop ${place.name} and remove its file`, {
        hint: "Add --yes to do it",
      });
    }
    const title = `Stop ${place.name} and remove ${revealHidden(place.path)}?`;
    if (!await prompter.confirm({ title })) return 1;
  }
  if (programs.manager === "systemd") {
    const answer = await programs.run("systemctl", ["--user", "disable", "--now", place.name]);
    if (answer.code !== 0) throw refused(answer, "stop", place);
    removeFile(place.path);
    await programs.run("systemctl", ["--user", "daemon-reload"]);
  } else {
    // One that is not loaded is as well as stopped.
    await programs.run("launchctl", ["bootout", `${domain()}/${place.name}`]);
    removeFile(place.path);
  }
  print(
    context,
    { service: place.name, removed: true },
    () => `Stopped ${place.name} and removed ${revealHidden(place.path)}\n`,
  );
  return 0;
}

/** Has the manager read the file anew and run it, also where it ran before. */
async function begin(programs: ManagerPrograms, place: ServicePlace): Promise<void> {
  const steps: readonly (readonly [string, readonly string[], boolean])[] =
    programs.manager === "systemd"
      ? [
        ["systemctl", ["--user", "daemon-reload"], true],
        ["systemctl", ["--user", "enable", place.name], true],
        ["systemctl", ["--user", "restart", place.name], true],
      ]
      : [
        // One that is not loaded yet cannot be taken out.
        ["launchctl", ["bootout", `${domain()}/${place.name}`], false],
        ["launchctl", ["bootstrap", domain(), place.path], true],
      ];
  for (const [program, args, mustDo] of steps) {
    const answer = await programs.run(program, args);
    if (mustDo && answer.code !== 0) throw refused(answer, "start", place);
  }
}

/** The session of this user at launchd. */
export function domain(): string {
  return `gui/${Deno.uid() ?? 0}`;
}

function refused(answer: ManagerAnswer, what: string, place: ServicePlace): AppError {
  const words = revealHidden(answer.stderr.trim().split("\n").at(-1)?.slice(0, 300) ?? "");
  return new AppError(
    "service.refused",
    `Cannot ${what} ${place.name}: ${words || `exit code ${answer.code}`}`,
    { hint: `Its file is "${place.path}"; nothing else was changed` },
  );
}

/** Without lingering systemd ends a user's services with their last login. */
async function lingerHint(
  programs: ManagerPrograms,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const user = variables["USER"] ?? variables["LOGNAME"];
  if (programs.manager !== "systemd" || user === undefined) return "";
  const answer = await programs.run("loginctl", ["show-user", user, "--property=Linger"]);
  if (answer.code !== 0 || answer.stdout.trim() !== "Linger=no") return "";
  return `! It ends when you log out, and starts when you log in. To keep it: loginctl ` +
    `enable-linger ${user}\n`;
}

/** @throws {UsageError} `service.credential`. */
function credentialsOf(
  { credentials }: Install,
  { profile }: ProfileContext,
  { manager }: ManagerPrograms,
): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const word of credentials) {
    const [, name, path] = /^([A-Z][A-Z0-9_]{0,63})=(.+)$/.exec(word) ?? [];
    if (name === undefined || path === undefined) {
      throw new UsageError("service.credential", `"${word.split("=")[0]}" is no NAME=<file>`, {
        hint: "Such as --credential WARD_ENCRYPTION_KEY=/path/of/a/file",
      });
    }
    if (manager !== "systemd") {
      throw new UsageError("service.credential", "launchd passes no files to a service", {
        hint: "Leave the secret to the keychain: ward secrets set <name>",
      });
    }
    const file = absolutePath(path, profile.cwd, profile.osHome);
    if (readWhole(file) === null) {
      throw new UsageError("service.credential", `There is no file "${file}" for ${name}`, {
        hint: "Write the value into it first, readable for you alone (chmod 600)",
      });
    }
    found[name] = file;
  }
  const passphrase = "WARD_ENCRYPTION_KEY";
  if (profile.environment.variables[passphrase] && !Object.hasOwn(found, passphrase)) {
    throw new UsageError(
      "service.passphrase",
      `${passphrase} is only in your environment: the service could not open the database`,
      {
        hint: manager === "systemd"
          ? `--credential ${passphrase}=<file>, or \`ward secrets rotate-key\` without it, which ` +
            "leaves the key to ward"
          : "`ward secrets rotate-key` without it leaves the key to the keychain",
      },
    );
  }
  return found;
}

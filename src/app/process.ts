/**
 * What is fixed when the process starts: its environment, folders and settings. From here on the
 * process cannot read its environment any more.
 */
import { AppError } from "../base/app_error.ts";
import { readConfigFile } from "../host/config_file.ts";
import { type HomePaths, resolveHome, resolveWorkspace } from "../host/home.ts";
import { restartWithout } from "../host/restart.ts";
import {
  processEnvironment,
  type StartEnvironment,
  takeEnvironment,
} from "../host/start_environment.ts";
import { PROVIDER_VARIABLES } from "../kernel/models/provider_table.ts";
import {
  parseConfig,
  type ParsedConfig,
  referencedVariables,
} from "../kernel/settings/parse_config.ts";
import {
  resolveSettings,
  type SettingFlags,
  type SettingsResult,
} from "../kernel/settings/resolve.ts";
import { type Form, formOf } from "./code_base.ts";

/** The start of a process, before any compartment. */
export interface ProcessStart extends SettingsResult {
  readonly form: Form;
  readonly environment: StartEnvironment;
  /** The user's home folder. */
  readonly osHome: string;
}

/**
 * Reads environment, configuration and folders.
 *
 * @param mainUrl `import.meta.url` of `main.ts`.
 * @param flags What the command line says of settings.
 * @param args The command line, for starting again.
 * @returns The start, or the exit code of the process that ran instead of this one.
 * @throws {AppError} What is wrong with configuration, folders or environment.
 */
export async function startProcess(
  mainUrl: string,
  flags: SettingFlags & { readonly workspace?: string | null | undefined },
  args: readonly string[],
): Promise<ProcessStart | { exitCode: number }> {
  const form = formOf(mainUrl);
  const cwd = currentFolder();
  let paths: HomePaths | null = null;
  let config: ParsedConfig | null = null;
  let fileWarnings: readonly string[] = [];
  const environment = takeEnvironment({
    access: processEnvironment(),
    providerVariables: PROVIDER_VARIABLES,
    configure(variables) {
      paths = resolveHome({ variables, osHome: variables["HOME"] ?? null, cwd });
      const file = readConfigFile(paths.configPath, paths.home);
      fileWarnings = file.warnings;
      config = parseConfig(file.text, paths.configPath.replace(/^.*\//, ""));
      return {
        trusted: config.file.environment.trust,
        references: referencedVariables(config.file),
      };
    },
  });
  if (!paths || !config) throw new AppError("start.incomplete", "The configuration was not read");
  const { home, dataDir, configPath, warnings }: HomePaths = paths;
  const checked: ParsedConfig = config;
  if (environment.restart) {
    return {
      exitCode: await restartWithout({
        ...environment.restart,
        loopGuard: environment.removed,
        execPath: form.self.runtime,
        runtimeArguments: form.restart,
        args,
      }),
    };
  }
  const { variables } = environment;
  const osHome = variables["HOME"] ?? home;
  const workspace = resolveWorkspace({
    flag: flags.workspace ?? null,
    variable: variables["WARD_WORKSPACE"] ?? null,
    file: checked.file.workspace.path ?? null,
    initCwd: variables["INIT_CWD"] ?? null,
    cwd,
    home,
    dataDir,
    osHome,
  });
  const resolved = resolveSettings({
    flags,
    variables,
    config: checked,
    configPath,
    home,
    dataDir,
    workspace,
  });
  return {
    ...resolved,
    warnings: [...warnings, ...fileWarnings, ...resolved.warnings],
    form,
    environment,
    osHome,
  };
}

function currentFolder(): string {
  try {
    return Deno.cwd();
  } catch (cause) {
    throw new AppError("start.folder", "Cannot start here: this folder is gone or not readable", {
      cause,
      hint: "Change to another folder and try again",
    });
  }
}

/**
 * What is fixed when the process starts: its environment, folders and settings. From here on the
 * process cannot read its environment any more.
 */
import { AppError, UsageError } from "../../base/app_error.ts";
import { readConfigFile } from "../../host/files/config_file.ts";
import { type HomePaths, nameHome, resolveHome } from "../../host/home.ts";
import { holdHome } from "../../host/profiles/profile_lock.ts";
import { resolveWorkspace } from "../../host/workspace.ts";
import { restartWithout } from "../../host/process/restart.ts";
import {
  processEnvironment,
  type StartEnvironment,
  takeEnvironment,
} from "../../host/process/start_environment.ts";
import type { FoundLogin } from "../../kernel/accounts/found_login.ts";
import { PROVIDER_VARIABLES } from "../../kernel/models/providers/provider_table.ts";
import {
  parseConfig,
  type ParsedConfig,
  referencedVariables,
} from "../../kernel/settings/parse_config.ts";
import {
  resolveSettings,
  type SettingFlags,
  type SettingsResult,
} from "../../kernel/settings/resolve.ts";
import { DEFAULT_PROFILE, type ProfileChoice } from "../../model/profile.ts";
import type { SavedSecrets, SettingSource } from "../../model/settings.ts";
import { LiveSecrets } from "../../kernel/net/live_secrets.ts";
import { recoverState } from "../keys/state_places.ts";
import { type Form, formOf } from "./code_base.ts";

/** The profile of a process, before its configuration counts. */
export interface Profile {
  readonly form: Form;
  readonly environment: StartEnvironment;
  /** The user's home folder. */
  readonly osHome: string;
  /** The folder the process started in. */
  readonly cwd: string;
  readonly paths: HomePaths;
  /** What is wrong with the chosen profile; the default one stands in for it. */
  readonly choiceError: UsageError | null;
  /** Text of `config.toml`; null when there is none, or it cannot be read. */
  readonly configText: string | null;
  /** The checked configuration, or what is wrong with it: commands that mend it run all the same. */
  readonly config:
    | { readonly ok: true; readonly parsed: ParsedConfig }
    | {
      readonly ok: false;
      readonly error: UsageError;
      /** What it says where only others' rights to it are wrong: to look at, not to act by. */
      readonly exposed: ParsedConfig | null;
    };
  /** What works but should be changed about the file. */
  readonly configWarnings: readonly string[];
  /** Saved secrets, where a command looked them up. */
  readonly saved?: SavedSecrets | undefined;
  /** Logins, where a command looked for them. */
  readonly logins?: readonly FoundLogin[] | undefined;
  /** What this process knows to be secret, more of it with each login that is read or renewed. */
  readonly known: LiveSecrets;
}

/** What is found while the environment can still be read. */
type Found = Omit<Profile, "form" | "environment" | "osHome" | "cwd" | "known">;

/** The start of a process, before any compartment. */
export interface ProcessStart extends SettingsResult {
  /** Which profile, and why. */
  readonly profile: Pick<ProfileChoice, "name" | "source">;
  readonly form: Form;
  readonly environment: StartEnvironment;
  /** The user's home folder. */
  readonly osHome: string;
  /** Texts of ward's own logins that were looked up, by the name of their secret. */
  readonly logins: Readonly<Record<string, string>>;
  /** See {@linkcode Profile}. */
  readonly known: LiveSecrets;
}

/**
 * Reads environment and folders and checks the configuration. After this the process cannot read
 * its environment any more.
 *
 * @param mainUrl `import.meta.url` of `main.ts`.
 * @param args The command line, for starting again.
 * @returns The profile, or the exit code of the process that ran instead of this one.
 * @throws {AppError} What is wrong with folders or environment.
 */
export async function openProfile(
  mainUrl: string,
  args: readonly string[],
  options: {
    /** Name that the command line gives. */
    readonly profile: string | null;
    /**
     * When the profile that was chosen is not there, take the default one, for commands that mend
     * the choice. @default false
     */
    readonly standIn?: boolean;
    /** Makes, probes and refuses no folder, for what inspects a broken profile. @default false */
    readonly inspect?: boolean;
    /** Whether no other ward may be at work in the profile. @default false */
    readonly alone?: boolean;
  },
): Promise<Profile | { exitCode: number }> {
  const form = formOf(mainUrl);
  const cwd = currentFolder();
  let found: Found | null = null;
  const environment = takeEnvironment({
    access: processEnvironment(),
    providerVariables: PROVIDER_VARIABLES,
    configure(variables) {
      const { paths, choiceError } = choosePaths(variables, cwd, options);
      const { text, config, warnings } = checkConfig(paths);
      found = { paths, choiceError, configText: text, config, configWarnings: warnings };
      // What cannot be read names nothing: no variable is trusted by it and none is taken.
      return config.ok
        ? {
          trusted: config.parsed.file.environment.trust,
          references: referencedVariables(config.parsed.file),
        }
        : { trusted: [], references: [] };
    },
  });
  if (!found) throw new AppError("start.incomplete", "The configuration was not read");
  const profile: Found = found;
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
  // From here on nobody removes it; `profile use` elsewhere changes nothing for this process.
  if (!options.inspect) {
    await holdHome(profile.paths.home, options.alone ?? false);
    await recoverState({ ...profile.paths, variables: environment.variables });
  }
  const osHome = environment.variables["HOME"] ?? profile.paths.home;
  return { ...profile, form, environment, osHome, cwd, known: new LiveSecrets() };
}

/**
 * The profile with its configuration as it is now, or as it would be. Variables stay those that
 * were taken at the start.
 *
 * @param text Text to take in place of the file's.
 */
export function reloadProfile(profile: Profile, text?: string): Profile {
  const { configPath } = profile.paths;
  if (text === undefined) {
    const { text: configText, config } = checkConfig(profile.paths);
    return { ...profile, configText, config };
  }
  const parsed = parseConfig(text, configPath.replace(/^.*\//, ""));
  return { ...profile, configText: text, config: { ok: true, parsed } };
}

/**
 * The profile without a configuration that others can change: the defaults, and a warning. For
 * what only shows.
 */
export function withoutExposed(profile: Profile): Profile {
  const { config } = profile;
  if (config.ok || config.exposed === null) return profile;
  return {
    ...profile,
    config: { ok: true, parsed: parseConfig(null, "") },
    configWarnings: [...profile.configWarnings, exposedWarning(config.error)],
  };
}

/** Why the configuration counts for nothing, in a line. */
export function exposedWarning({ message, hint }: UsageError): string {
  return `${message}; nothing runs by it. ${hint}`;
}

/**
 * Resolves settings and workspace of a profile.
 *
 * @param flags What the command line says of settings.
 * @throws {AppError} What is wrong with the configuration or the workspace.
 */
export function startProcess(
  profile: Profile,
  flags: SettingFlags & { readonly workspace?: string | null | undefined },
): ProcessStart {
  if (!profile.config.ok) throw profile.config.error;
  return startIn(profile, flags, workspaceOf(profile, flags.workspace ?? null));
}

/**
 * Resolves the workspace of a profile.
 *
 * @param options `make`: whether ward's own is made where it is missing. @default {true}
 * @throws {UsageError} What is wrong with it.
 */
export function workspaceOf(
  profile: Profile,
  flag: string | null,
  options: { make: boolean } = { make: true },
): { path: string; source: SettingSource } {
  const { environment: { variables }, osHome, cwd, paths: { home, dataDir, others }, config } =
    profile;
  return resolveWorkspace({
    flag,
    variable: variables["WARD_WORKSPACE"] ?? null,
    file: config.ok ? config.parsed.file.workspace.path ?? null : null,
    initCwd: variables["INIT_CWD"] ?? null,
    cwd,
    home,
    dataDir,
    others,
    osHome,
    make: options.make,
  });
}

/**
 * Resolves the settings of a profile with a workspace that is known already.
 *
 * @throws {AppError} What is wrong with the configuration.
 */
export function startIn(
  profile: Profile,
  flags: SettingFlags,
  workspace: { readonly path: string; readonly source: SettingSource },
): ProcessStart {
  if (!profile.config.ok) throw profile.config.error;
  const { form, environment, osHome, paths: { home, dataDir, configPath, others } } = profile;
  const resolved = resolveSettings({
    flags,
    variables: environment.variables,
    config: profile.config.parsed,
    saved: profile.saved,
    logins: profile.logins,
    configPath,
    home,
    dataDir,
    others,
    workspace,
  });
  return {
    ...resolved,
    profile: { name: profile.paths.profile.name, source: profile.paths.profile.source },
    warnings: [...profile.paths.warnings, ...profile.configWarnings, ...resolved.warnings],
    form,
    environment,
    osHome,
    logins: profile.saved?.logins ?? {},
    known: profile.known,
  };
}

/** The folders, or those of the default profile with what is wrong with the choice. */
function choosePaths(
  variables: Readonly<Record<string, string>>,
  cwd: string,
  options: Parameters<typeof openProfile>[2],
): { paths: HomePaths; choiceError: UsageError | null } {
  const inputs = { variables, osHome: variables["HOME"] ?? null, cwd };
  const find = options.inspect ? nameHome : resolveHome;
  try {
    return { paths: find({ ...inputs, profile: options.profile }), choiceError: null };
  } catch (error) {
    const isChoice = error instanceof UsageError && error.code.startsWith("profile.");
    if (!options.standIn || !isChoice) throw error;
    return { paths: resolveHome({ ...inputs, profile: DEFAULT_PROFILE }), choiceError: error };
  }
}

function checkConfig(
  { configPath, home }: HomePaths,
): { text: string | null; config: Profile["config"]; warnings: readonly string[] } {
  let text: string | null = null;
  let warnings: readonly string[] = [];
  try {
    const file = readConfigFile(configPath, home);
    ({ text, warnings } = file);
    const parsed = parseConfig(text, configPath.replace(/^.*\//, ""));
    return {
      text,
      config: file.exposed
        ? { ok: false, error: file.exposed, exposed: parsed }
        : { ok: true, parsed },
      warnings,
    };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { text, config: { ok: false, error, exposed: null }, warnings };
  }
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

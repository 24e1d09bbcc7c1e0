/** Everything `ward doctor` looks at. Writes nothing into the profile. */
import { prefixRule } from "../../kernel/commands/rules.ts";
import { AppError } from "../../base/app_error.ts";
import { sandboxHelpers } from "../../compartments/launcher/sandboxes.ts";
import { probe } from "../../compartments/probe.ts";
import { type Running, startThread } from "../../compartments/start.ts";
import { compartment, NO_INPUTS } from "../../compartments/table.ts";
import type { Machine } from "../../host/process/machine.ts";
import { pathFact } from "../../host/files/path_fact.ts";
import { profileFiles } from "../../host/files/profile_files.ts";
import { systemClock } from "../../host/process/system.ts";
import type { ConfigFacts, DoctorFacts, Problem } from "../../kernel/doctor/facts.ts";
import { keyFacts } from "../../kernel/doctor/key_facts.ts";
import { sendsInTheClear } from "../../kernel/settings/parse_config.ts";
import { NOTHING_SAVED } from "../../model/settings.ts";
import { loginPaths } from "../accounts/login_files.ts";
import { keychainOf, keychainPrograms } from "../keys/keychain.ts";
import { type ProcessStart, type Profile, startIn, workspaceOf } from "../start/process.ts";
import type { Ward } from "../ward.ts";
import { lookAtDatabase, lookAtOpenStore } from "./look_at_database.ts";
import { lookAtNamespaces } from "./look_at_namespaces.ts";
import { lookAtPrograms } from "./look_at_programs.ts";
import { lookAtProvider } from "./look_at_provider.ts";
import { lookAtSandbox, sandboxFacts } from "./look_at_sandbox.ts";
import { problemOf } from "./problem_of.ts";
import { makeScratch } from "./scratch.ts";

/** What is looked at, and how. */
export interface GatherInputs {
  readonly profile: Profile;
  readonly machine: Machine;
  /** The `-w` flag. */
  readonly workspace: string | null;
  /** The `--model` flag. */
  readonly model: string | null;
  readonly offline: boolean;
  /** The profile opened for the proof; then its own cells and store are looked at. */
  readonly ward: Ward | null;
  readonly proveProblem: Problem | null;
}

/** Looks at everything; what cannot be looked at is told as a finding, never thrown. */
export async function gather(inputs: GatherInputs): Promise<DoctorFacts> {
  const { profile, machine, offline } = inputs;
  const { form, environment, osHome, paths: { home, dataDir, base } } = profile;
  const { variables, removed, trusted, loader, proxies } = environment;
  const folders = profileFiles({ home, dataDir, base, nowMs: systemClock.now() });
  const { start, workspace } = lookAtWorkspace(inputs);
  const [{ sandbox, namespaces, database }, provider] = await Promise.all([
    lookInside(inputs),
    lookAtProvider(start, { offline, form, variables }),
  ]);
  const granted = (database.type === "open" ? database.grants : [])
    .filter(({ permission, value }) => permission === "run" && prefixRule(value) !== null)
    .map(({ value }) => value);
  const commands = start?.settings.commands;
  return {
    uid: Deno.uid(),
    osHome,
    profileProblem: profile.paths.problem ? problemOf(profile.paths.problem) : null,
    config: configFacts(profile),
    settings: commands ? { allow: commands.allow, withoutSandbox: commands.withoutSandbox } : null,
    folders,
    database,
    workspace,
    environment: { removed, trusted, loader, proxies },
    sandbox,
    namespaces,
    makesCode: (await probe({ kind: "code", value: "" })).reached,
    os: machine.os,
    hasPrlimit: machine.prlimit !== null,
    programs: commands ? lookAtPrograms(machine, [...commands.allow, ...granted]) : [],
    provider: {
      ...provider,
      keys: keyFacts(
        variables,
        profile.config.ok ? profile.config.parsed.file : null,
        profile.saved ?? NOTHING_SAVED,
      ),
      savedProblems: profile.saved?.problems ?? [],
      logins: loginFacts(profile),
    },
    proveProblem: inputs.proveProblem,
  };
}

function loginFacts(profile: Profile): DoctorFacts["provider"]["logins"] {
  const paths = loginPaths(profile);
  // Ward's own file is looked at with the home's.
  const files: Readonly<Record<string, string>> = {
    codex: paths.codex,
    claude_code: paths.claudeCode,
    qwen_code: paths.qwenCode,
  };
  return (profile.logins ?? []).map((
    { id, provider, from, state, problem, mend, onlyNamed },
  ) => ({
    id,
    provider,
    from,
    state,
    problem,
    mend,
    onlyNamed,
    file: files[id] ? pathFact(files[id], { follow: true }) : null,
  }));
}

function configFacts(profile: Profile): ConfigFacts {
  const { configPath } = profile.paths;
  const file = pathFact(configPath, { follow: true });
  if (file.kind === "missing" && pathFact(configPath).kind === "link") {
    // To the reader of the file it is the same as none.
    const message = `"${configPath}" is a link that leads nowhere: defaults are in force`;
    const hint = "Put back what it leads to, or remove it";
    return { file, problem: { code: "config_file.dangling", message, hint }, clearText: [] };
  }
  const parsed = profile.config.ok ? profile.config.parsed : profile.config.exposed;
  if (parsed === null) {
    const problem = profile.config.ok ? null : problemOf(profile.config.error);
    return { file, problem, clearText: [] };
  }
  const { model, providers } = parsed.file;
  const parts = [
    ["model", model.api_base] as const,
    ...Object.entries(providers).map(([name, one]) => [`providers.${name}`, one.api_base] as const),
  ];
  const clearText = parts.filter(([, address]) => address && sendsInTheClear(address))
    .map(([name]) => `${name}.api_base`);
  return { file, problem: null, clearText };
}

function lookAtWorkspace({ profile, workspace: flag, model }: GatherInputs): {
  start: ProcessStart | null;
  workspace: DoctorFacts["workspace"];
} {
  let found: ReturnType<typeof workspaceOf> | null = null;
  let problem: Problem | null = null;
  try {
    found = workspaceOf(profile, flag, { make: false });
  } catch (error) {
    problem = problemOf(error);
  }
  // The settings count also where the workspace is wrong.
  const place = found ?? { path: `${profile.paths.home}/workspace`, source: "default" as const };
  const exists = pathFact(place.path, { follow: true }).kind === "folder";
  return {
    start: profile.config.ok ? startIn(profile, { model }, place) : null,
    workspace: problem ?? { ...place, exists },
  };
}

/** What takes threads and a cell. */
type Inside = Pick<DoctorFacts, "sandbox" | "namespaces" | "database">;

/** Looks at those of the open ward, or at copies in folders of their own. */
async function lookInside(inputs: GatherInputs): Promise<Inside> {
  const { profile, machine, ward } = inputs;
  if (ward) {
    return {
      sandbox: sandboxFacts(await ward.hands.sandbox()),
      namespaces: null,
      database: await lookAtOpenStore(ward),
    };
  }
  const { cat } = machine.probes;
  const programs = keychainPrograms();
  let launcher: Running | null = null;
  try {
    using scratch = makeScratch();
    launcher = startLauncher(profile, [
      ...sandboxHelpers(machine),
      ...programs,
      ...(cat ? [cat] : []),
    ]);
    const { client } = launcher;
    const { form, environment: { variables }, osHome, paths: { home, dataDir } } = profile;
    const [sandbox, database] = await Promise.all([
      lookAtSandbox({ form, machine, osHome, launcher: client, scratch: scratch.folder("cell") }),
      lookAtDatabase({
        form,
        home,
        dataDir,
        variable: variables["WARD_ENCRYPTION_KEY"],
        keychain: keychainOf(client, { programs, variables, home }),
        scratch: scratch.folder("store"),
      }),
    ]);
    const asks = sandbox.name === null && cat !== null;
    return {
      sandbox,
      namespaces: asks ? await lookAtNamespaces(client, cat) : null,
      database,
    };
  } catch (error) {
    const problem = problemOf(error);
    const { message: cause, hint: fix } = problem;
    return {
      sandbox: { name: null, cause, fix, untried: true, notHeld: [], passedOver: [] },
      namespaces: null,
      database: { type: "closed", problem, keySource: null },
    };
  } finally {
    launcher?.stop(new AppError("doctor.done", "Everything was looked at"));
  }
}

function startLauncher({ form }: Profile, helpers: readonly string[]): Running {
  return startThread(compartment({ ...NO_INPUTS, helpers }, "launcher")!, form);
}

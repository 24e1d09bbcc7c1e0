/**
 * `ward onboard`: everything is asked first, shown, and then written: the key into its place, the
 * file in one piece. Stopped before that, nothing was changed; but a login that was made on the way
 * is kept at once.
 */
import { fileName } from "./config/config.ts";
import { askAboutOpenings, changeChecked } from "./config/config_change.ts";
import { print, type ProfileContext } from "./context.ts";
import { readSecret } from "./secrets.ts";
import { type Answered, askSteps } from "../onboard/ask.ts";
import { startAfter } from "../onboard/start_after.ts";
import { type ProcessStart, workspaceOf } from "../start/process.ts";
import { prompterOf } from "../prompting.ts";
import { reach } from "../doctor/look_at_provider.ts";
import { findProvider } from "../provider.ts";
import { checkListed } from "../models/check_listed.ts";
import { secretsOf } from "../keys/secrets.ts";
import { UsageError } from "../../base/app_error.ts";
import { checkSecret } from "../../host/keys/secrets.ts";
import type { ChosenProvider } from "../../kernel/models/providers/candidate.ts";
import { parseModelRef, providerNames } from "../../kernel/models/providers/model_ref.ts";
import { resolveRoles, ROLES } from "../../kernel/models/roles.ts";
import { KNOWN_PROVIDERS } from "../../kernel/models/providers/provider_table.ts";
import { keyPath } from "../../kernel/settings/edit_config.ts";
import { onboardedText } from "../../kernel/settings/onboard_plan.ts";
import type { OnboardStep } from "../../model/onboarding.ts";
import { parseConfig, valueAt } from "../../kernel/settings/parse_config.ts";
import { KEY_VARIABLES } from "../../kernel/settings/resolve.ts";
import type { FileSettings } from "../../kernel/settings/schema/schema.ts";
import type { SecretSetting } from "../../kernel/settings/schema/keys.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";
import { ASK_MODEL } from "../../surfaces/cli/model_flag.ts";
import { revealHidden } from "../../surfaces/cli/sanitize_terminal.ts";
import { reportError } from "../../surfaces/cli/report_error.ts";
import {
  configDiff,
  formatOnboardPlan,
  type OnboardReport,
} from "../../surfaces/cli/format/format_onboard.ts";

type OnboardCommand = Extract<ParsedCommand, { type: "onboard" }>;

const FLAGS = "--provider, --api-base, --key-stdin, --model, --role, --workspace, --allow, --skip";

/** Sets ward up. */
export async function onboard(command: OnboardCommand, context: ProfileContext): Promise<number> {
  const { profile, stderr } = context;
  const prompter = command.yes ? null : prompterOf(context);
  const before = profile.configText ?? "";
  if (!profile.config.ok) throw profile.config.error;
  const { file } = profile.config.parsed;
  if (command.model === ASK_MODEL && !prompter) {
    throw new UsageError("cli.missing_argument", "Cannot ask for the model: here is no terminal", {
      hint: "Give one as provider/model; `ward models` lists them",
    });
  }
  const given = await answersOf(command, context, file);
  const isAnswered = given.provider !== null || given.apiBase !== null || given.model !== null ||
    given.roles !== null || given.key !== null || given.workspace !== null || given.allow !== null;
  if (!prompter && !isAnswered && !command.yes) {
    throw new UsageError("cli.missing_argument", "Nothing to set up: no terminal and no flag", {
      hint: `Give one of ${FLAGS}; or --yes for the first answer alone`,
    });
  }
  const asks = (step: OnboardStep) => !command.skip.includes(step);
  if (prompter) {
    stderr.write(
      "Each step can be left as it is. Ctrl-C stops; nothing is written" +
        (command.dryRun ? "\n" : ", but a login that you make on the way is kept at once\n"),
    );
  }
  const name = fileName(profile.paths.configPath);
  const changeTo = (text: string, to: Answered) =>
    onboardedText(text, to, {
      fileName: name,
      isKnown: (one) => KNOWN_PROVIDERS.some((known) => known.name === one),
    });
  const keyNameOf = ({ key, provider }: Answered) =>
    key === null ? null : provider ?? file.model.provider ?? null;
  const startWith = (to: Answered) => {
    const keyName = keyNameOf(to);
    const key = keyName === null || to.key === null ? null : { name: keyName, value: to.key };
    return startAfter(profile, changeTo(before, to), key);
  };
  const mayLogIn = !command.dryRun;
  const steps = { file, asks, mayLogIn, startWith };
  const answers = prompter ? await askSteps(prompter, context, given, steps) : given;
  const change = (text: string) => changeTo(text, answers);
  const after = change(before);
  const keyName = keyNameOf(answers);
  const { problem, chosen } = await tryChoice(await startWith(answers), answers, mayLogIn);
  if (problem && !prompter) throw problem;
  const isTested = chosen !== null && asks("answer") && !command.dryRun;
  const silent = isTested ? await testService(chosen, context) : null;
  const report: OnboardReport = {
    path: profile.paths.configPath,
    diff: configDiff(name, hideKeys(before, name), hideKeys(after, name)),
    savesKey: keyName,
    written: false,
  };
  if (command.dryRun) {
    print(context, report, () => formatOnboardPlan(report, context.stdout));
    if (problem) reportError(problem, stderr, { json: false, debug: false });
    return 0;
  }
  const isNew = report.diff !== "" || keyName !== null;
  if (prompter && isNew) {
    stderr.write(formatOnboardPlan(report, stderr));
    if (problem) reportError(problem, stderr, { json: false, debug: false });
    const isGood = !problem && silent === null;
    const title = isGood ? "Write this?" : "Write this all the same?";
    if (!await prompter.confirm({ title, initial: isGood })) {
      const kept = answers.login === null ? "" : `; the login of ${answers.login} stays`;
      print(context, report, () => `Nothing was written${kept}\n`);
      return 0;
    }
  }
  // Asked before the key is saved: a no leaves nothing behind.
  await askAboutOpenings(context, { before: profile.configText, after, yes: command.yes });
  if (keyName !== null && answers.key !== null) {
    await secretsOf(profile).set(keyName, answers.key);
  }
  const { changed } = await changeChecked(context, true, change);
  const written = { ...report, written: changed || keyName !== null };
  if (context.json) print(context, written, () => "");
  else stderr.write(written.written ? "Set up\n" : "Nothing was changed\n");
  for (const [key, variable] of Object.entries(KEY_VARIABLES)) {
    if (profile.environment.variables[variable]) {
      stderr.write(`! ${variable} is set: it wins over ${key} of the file\n`);
    }
  }
  const wantsAnswer = !problem && asks("answer") && !context.json &&
    (!prompter || await prompter.confirm({ title: "Ask for a first answer?", initial: true }));
  if (!wantsAnswer) return 0;
  const { firstAnswer } = await import("../onboard/first_answer.ts");
  return await firstAnswer(context);
}

/** What the flags answer, checked as far as it can be without the rest. */
async function answersOf(
  command: OnboardCommand,
  context: ProfileContext,
  file: FileSettings,
): Promise<Answered> {
  const { apiBase, allow } = command;
  const { provider, model } = namedBy(command, file);
  const chosen = provider ?? file.model.provider ?? null;
  if (chosen === null && (apiBase !== null || model !== null || command.keyStdin)) {
    throw new UsageError("cli.missing_argument", "Missing option --provider", {
      hint: "Say whose address, key or model it is: --provider openai",
    });
  }
  const workspace = command.workspace === null
    ? null
    : workspaceOf(context.profile, command.workspace).path;
  let key: string | null = null;
  if (command.keyStdin) {
    if (context.input.isTerminal) {
      throw new UsageError("secrets.no_value", "Cannot take the key from standard input", {
        hint: "Pipe it in: ward onboard --key-stdin … < key.txt",
      });
    }
    key = await readSecret("Key", context);
    checkSecret(key);
  }
  const roles = command.roles === null ? null : rolesOf(command.roles);
  const usesSavedKey = key !== null;
  return { provider, apiBase, model, roles, workspace, allow, key, usesSavedKey, login: null };
}

/** Provider and model of the flags, with `provider/model` taken apart. */
function namedBy(
  { provider, model }: OnboardCommand,
  file: FileSettings,
): { provider: string | null; model: string | null } {
  if (model === null || model === ASK_MODEL) return { provider, model: null };
  const own = [...Object.keys(file.providers), ...provider === null ? [] : [provider]];
  const names = providerNames({ providers: own.map((name) => ({ name })) });
  const ref = parseModelRef(model, names);
  // `--provider groq` and `openai/x` is Groq's model of that name.
  const isIts = ref.provider !== null && (provider === null || provider === ref.provider);
  return isIts ? ref : { provider, model };
}

/** Roles of `role=model`. @throws {UsageError} `cli.usage`. */
function rolesOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const [, role, model] = /^([a-z]+)=(.+)$/.exec(word) ?? [];
    if (role && model && ROLES.some((one) => one === role)) return [role, model];
    throw new UsageError("cli.usage", `--role takes role=model, found "${word}"`, {
      hint: `Roles: ${ROLES.join(", ")}`,
    });
  }));
}

/** Asks the service for a free word, and tells what came. @returns What is wrong; null: nothing. */
async function testService(
  chosen: ChosenProvider,
  { profile, stderr }: ProfileContext,
): Promise<string | null> {
  const { choice } = chosen;
  const found = await reach(chosen, profile.form);
  if (found.type === "skipped") return null;
  if (found.type === "reached") {
    const isListed = found.models === null || found.models.includes(choice.model);
    const words = isListed ? "answers" : `answers, and does not list the model "${choice.model}"`;
    stderr.write(`${isListed ? "" : "! "}${choice.name} ${revealHidden(words)}\n`);
    return null;
  }
  const { message, hint } = found.problem;
  stderr.write(`! ${revealHidden([message, hint].filter(Boolean).join(". "))}\n`);
  return message;
}

/**
 * The choice as it would be once all is written, or what would be wrong with it: names of models
 * that were answered now are looked up where their service gives a list.
 *
 * @param mayLogIn False: a service whose login is due is not asked, which would renew it.
 */
async function tryChoice(
  start: ProcessStart,
  answers: Answered,
  mayLogIn: boolean,
): Promise<{ chosen: ChosenProvider | null; problem: UsageError | null }> {
  let chosen: ChosenProvider | null = null;
  try {
    const { variables } = start.environment;
    chosen = await findProvider(start.providerInputs, variables, start.form);
    const inputs = { settings: start.providerInputs, variables, ollama: null };
    const roles = resolveRoles({ chosen, inputs, isPinned: false }, start.settings.models.roles);
    const wrong = Object.values(roles).find((one) => one.problem !== null)?.problem ?? null;
    if (wrong !== null) return { chosen, problem: new UsageError("provider.role", wrong) };
    const typed = ROLES.flatMap((role) => answers.roles?.[role] ? roles[role].chosen ?? [] : []);
    if (chosen.choice.model === answers.model) typed.push(chosen);
    const asked = typed.filter(({ login }) => mayLogIn || login?.state !== "due");
    await checkListed(asked, start, { keep: false });
    return { chosen, problem: null };
  } catch (error) {
    if (error instanceof UsageError) return { chosen, problem: error };
    throw error;
  }
}

/** The text without keys that are written out. */
function hideKeys(text: string, name: string): string {
  const { file } = parseConfig(text, name);
  const paths = [
    "model.api_key",
    ...Object.keys(file.providers).map((one) => `providers.${one}.api_key`),
  ];
  return paths.reduce((shown, path) => {
    const secret = valueAt(file, keyPath(path)) as SecretSetting | undefined;
    return secret?.type === "plain" ? shown.replaceAll(secret.value, "(not shown)") : shown;
  }, text);
}

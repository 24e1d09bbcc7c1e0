/** The questions of `ward onboard`. Each shows what is in force today and can be left as it is. */
import { askKey, askProvider, foundForMenu } from "./ask_provider.ts";
import { OTHER, SKIP } from "./menu_values.ts";
import type { ProfileContext } from "../commands/context.ts";
import { askOllama } from "../provider.ts";
import { UsageError } from "../../base/app_error.ts";
import { KNOWN_PROVIDERS, ollamaAddress } from "../../kernel/models/providers/provider_table.ts";
import type { OnboardAnswers } from "../../kernel/settings/onboard_plan.ts";
import type { OnboardStep } from "../../model/onboarding.ts";
import type { FileSettings } from "../../kernel/settings/schema.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";
import { workspaceOf } from "../start/process.ts";

/** Answers with the key itself, which is never written into a file as it is. */
export interface Answered extends OnboardAnswers {
  readonly key: string | null;
  /** Title of the service that was logged in to on the way; that login is kept already. */
  readonly login: string | null;
}

/** What is asked. */
interface Asked {
  readonly file: FileSettings;
  asks(step: OnboardStep): boolean;
  /** False: nothing may be kept, so no login is offered. */
  readonly mayLogIn: boolean;
}

/** Asks for what the flags left open. */
export async function askSteps(
  prompter: Prompter,
  context: ProfileContext,
  given: Answered,
  { file, asks, mayLogIn }: Asked,
): Promise<Answered> {
  let answers = given;
  const ollama = asks("provider") || asks("model")
    ? await askOllama(
      ollamaAddress(context.profile.environment.variables),
      context.profile.form,
    )
    : null;
  const found = asks("provider") || asks("key") ? await foundForMenu(context) : [];
  if (asks("provider") && given.provider === null) {
    answers = { ...answers, ...await askProvider(prompter, file, found) };
  }
  const provider = answers.provider ?? file.model.provider ?? null;
  if (provider === null || provider === "builtin") {
    return await askRest(prompter, context, answers, { file, asks });
  }
  const known = KNOWN_PROVIDERS.find(({ name }) => name === provider);
  const takesKey = known === undefined || known.keyVariable !== null || known.login !== undefined;
  if (asks("key") && given.key === null && takesKey) {
    const sign = found.find(({ name }) => name === provider)?.why ?? null;
    answers = { ...answers, ...await askKey(prompter, context, { provider, sign, mayLogIn }) };
  }
  if (asks("model") && given.model === null) {
    const today = file.providers[provider]?.model ??
      (file.model.provider === provider ? file.model.name : undefined) ?? known?.defaultModel ?? "";
    const model = provider === "ollama" && ollama && ollama.length > 0
      ? await prompter.choose({
        title: "Model",
        items: ollama.map((name) => ({ value: name, label: name })),
        at: Math.max(0, ollama.indexOf(today)),
      })
      : await prompter.text({
        title: today === "" ? "Model" : "Model (empty: leave it)",
        initial: today,
        check: (text) => text === "" && today === "" ? "It needs a name" : null,
      });
    answers = { ...answers, model: model === "" || model === today ? null : model };
  }
  if (asks("roles") && given.roles === null) {
    answers = { ...answers, roles: await askRoles(prompter, file) };
  }
  return await askRest(prompter, context, answers, { file, asks });
}

/** Roles that are asked about, and what for; the others follow them. */
const ASKED_ROLES = [
  ["fast", "greetings and lookups"],
  ["smart", "code and work of many steps"],
  ["small", "summaries"],
] as const;

/** Asks for models of their own for some work. */
async function askRoles(
  prompter: Prompter,
  file: FileSettings,
): Promise<Readonly<Record<string, string>> | null> {
  const today = ASKED_ROLES.flatMap(([role]) =>
    file.roles[role] === undefined ? [] : [`${role}: ${file.roles[role]}`]
  ).join(", ");
  const usual = "one for all; summaries by the service's small one";
  const chosen = await prompter.choose({
    title: "Models for some work",
    items: [
      { value: SKIP, label: "leave them", detail: today === "" ? usual : today },
      { value: OTHER, label: "choose some", detail: "another one for easy, hard or small work" },
    ],
  });
  if (chosen === SKIP) return null;
  const roles: Record<string, string> = {};
  for (const [role, work] of ASKED_ROLES) {
    const model = await prompter.text({
      title: `${role}, for ${work} (empty: leave it)`,
      initial: file.roles[role] ?? "",
    });
    if (model !== "") roles[role] = model;
  }
  return roles;
}

async function askRest(
  prompter: Prompter,
  context: ProfileContext,
  given: Answered,
  { file, asks }: Pick<Asked, "file" | "asks">,
): Promise<Answered> {
  let answers = given;
  const { profile } = context;
  if (asks("workspace") && given.workspace === null) {
    const here = profile.environment.variables["INIT_CWD"] ?? profile.cwd;
    const today = file.workspace.path;
    const chosen = await prompter.choose({
      title: "Workspace",
      items: [
        { value: SKIP, label: "leave it", detail: today ?? `${profile.paths.home}/workspace` },
        { value: "here", label: "this folder", detail: here },
        { value: OTHER, label: "another folder" },
      ],
    });
    const usable = (path: string) => {
      try {
        return { path: workspaceOf(profile, path).path, problem: null };
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return { path: null, problem: error.message };
      }
    };
    let wanted = chosen === "here" ? here : null;
    const wrong = wanted === null ? null : usable(wanted).problem;
    if (wrong !== null) context.stderr.write(`! ${wrong}\n`);
    if (chosen === OTHER || wrong !== null) {
      wanted = await prompter.text({
        title: "Folder (empty: leave it)",
        check: (text) => text === "" ? null : usable(text).problem,
      });
    }
    if (wanted) answers = { ...answers, workspace: usable(wanted).path };
  }
  if (asks("allow") && given.allow === null) {
    const chosen = await prompter.choose({
      title: "Commands that run without a question",
      items: [
        {
          value: SKIP,
          label: "leave them",
          detail: `${file.commands.allow.length} rules: ${file.commands.allow.join(", ")}`,
        },
        { value: OTHER, label: "add some" },
      ],
    });
    if (chosen === OTHER) {
      const rules = await prompter.text({
        title: 'Programs with their first words, with commas: "npm test, cargo check"',
      });
      const allow = rules.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
      answers = { ...answers, allow };
    }
  }
  return answers;
}

/** The questions of `ward onboard`. Each shows what is in force today and can be left as it is. */
import { askModel, askRoles } from "./ask_models.ts";
import { askKey, askProvider, foundForMenu } from "./ask_provider.ts";
import { OTHER, SKIP } from "./menu_values.ts";
import type { ProfileContext } from "../commands/context.ts";
import { UsageError } from "../../base/app_error.ts";
import { KNOWN_PROVIDERS } from "../../kernel/models/providers/provider_table.ts";
import type { OnboardAnswers } from "../../kernel/settings/onboard_plan.ts";
import type { OnboardStep } from "../../model/onboarding.ts";
import type { FileSettings } from "../../kernel/settings/schema/schema.ts";
import type { Prompter } from "../../surfaces/prompts/prompter.ts";
import { type ProcessStart, workspaceOf } from "../start/process.ts";

/** Answers with the key itself, which is never written into a file as it is. */
export interface Answered extends OnboardAnswers {
  readonly key: string | null;
  /** Title of the service that was logged in to on the way; that login is kept already. */
  readonly login: string | null;
}

/** What is asked, and what the questions need. */
export interface Steps {
  readonly file: FileSettings;
  asks(step: OnboardStep): boolean;
  /** False: nothing may be kept, so no login is offered and none renewed. */
  readonly mayLogIn: boolean;
  /** What a start would find once the answers so far are written. */
  startWith(answers: Answered): Promise<ProcessStart>;
}

/** Asks for what the flags left open. */
export async function askSteps(
  prompter: Prompter,
  context: ProfileContext,
  given: Answered,
  { file, asks, mayLogIn, startWith }: Steps,
): Promise<Answered> {
  let answers = given;
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
  const today = file.providers[provider]?.model ??
    (file.model.provider === provider ? file.model.name : undefined) ?? known?.defaultModel ?? "";
  if (asks("model") && given.model === null) {
    const asked = { provider, today, start: await startWith(answers), mayLogIn };
    answers = { ...answers, model: await askModel(prompter, context, asked) };
  }
  if (asks("roles") && given.roles === null) {
    const primary = file.roles.primary ?? file.roles.executor ??
      [provider, answers.model ?? today].filter(Boolean).join("/");
    const start = () => startWith(answers);
    const asked = { file, primary, start, mayLogIn };
    answers = { ...answers, roles: await askRoles(prompter, context, asked) };
  }
  return await askRest(prompter, context, answers, { file, asks });
}

async function askRest(
  prompter: Prompter,
  context: ProfileContext,
  given: Answered,
  { file, asks }: Pick<Steps, "file" | "asks">,
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

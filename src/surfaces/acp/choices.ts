/** What an editor may choose in a session: mode, model, and the slash commands. */
import { MODE_TEXTS } from "../../kernel/policy/modes.ts";
import { APPROVAL_MODES } from "../../model/cells/permission.ts";
import type { HostedSession } from "./host.ts";
import type { AvailableCommand, SessionConfigOption, SessionModeState } from "./protocol.ts";

/** Modes of a session: how much is asked, or nothing is run at all. */
export const SESSION_MODES = [...APPROVAL_MODES, "plan"] as const;

/** One of {@linkcode SESSION_MODES}. */
export type SessionMode = typeof SESSION_MODES[number];

const TEXTS: Readonly<Record<SessionMode, string>> = {
  ...MODE_TEXTS,
  plan: "lists what each call would touch and runs nothing",
};

const NAMES: Readonly<Record<SessionMode, string>> = {
  default: "Default",
  cautious: "Cautious",
  yolo: "Yolo",
  plan: "Plan",
};

/** The mode with this id; null: there is none. */
export function modeOf(id: string): SessionMode | null {
  return SESSION_MODES.find((mode) => mode === id) ?? null;
}

/** `session/set_mode` as the editor is told of it. */
export function modeState({ mode }: Pick<HostedSession, "mode">): SessionModeState {
  return {
    currentModeId: mode,
    availableModes: SESSION_MODES.map((id) => ({
      id,
      name: NAMES[id],
      description: TEXTS[id],
    })),
  };
}

/** Ids of the options of a session. */
export const CONFIG_IDS = ["mode", "model"] as const;

/** The same and the model, for editors that show options. */
export function configOptions(session: HostedSession): SessionConfigOption[] {
  const { current, names } = session.model();
  return [
    {
      id: "mode",
      name: "Mode",
      description: "How much is asked",
      category: "mode",
      type: "select",
      currentValue: session.mode,
      options: SESSION_MODES.map((value) => ({
        value,
        name: NAMES[value],
        description: TEXTS[value],
      })),
    },
    {
      id: "model",
      name: "Model",
      description: "Who answers in this session",
      category: "model",
      type: "select",
      currentValue: current,
      options: names.map((value) => ({ value, name: value })),
    },
  ];
}

/** Slash commands that make sense in an editor. */
export const COMMANDS: readonly AvailableCommand[] = [
  { name: "cost", description: "tokens of this session, and their price" },
  { name: "permissions", description: "what may be touched today" },
  {
    name: "trust",
    description: "shows what was read from outside, and lets this session act as before it",
  },
  {
    name: "model",
    description: "shows the model, or switches it for this session",
    input: { hint: "provider/model" },
  },
];

/** A message that is a slash command; null: it is for the model. */
export function commandOf(text: string): { name: string; argument: string } | null {
  const [, name = "", argument = ""] = /^\/([a-z]+)(?:\s+([^]*))?$/.exec(text.trim()) ?? [];
  return COMMANDS.some((one) => one.name === name) ? { name, argument: argument.trim() } : null;
}

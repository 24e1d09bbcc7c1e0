/** A session with its tools, its policy and its model: what every surface talks to. */
import { builtinFacts, HIDDEN_FACTS, layerInForce, layerWords } from "./facts.ts";
import { resumedSession } from "./resumed_session.ts";
import { createTools, NO_TOOLS, type SurfaceTools } from "./tools.ts";
import { createSessionServers, knownServers, NO_SERVERS } from "../mcp/servers.ts";
import { loadInstructions } from "../instructions.ts";
import { createPolicy } from "../policy.ts";
import { logTurns } from "../start/logging.ts";
import { beginRedaction } from "../models/begin_redaction.ts";
import { isRouted, routeTurn, tierModels } from "../models/route_turn.ts";
import { createModelHub } from "../models/model_hub.ts";
import type { BegunProvider } from "../provider.ts";
import type { Ward } from "../ward.ts";
import { UsageError } from "../../base/app_error.ts";
import { holdsName, pruneOutputs, saveOutput } from "../../host/files/data_folder.ts";
import { RECEIVED } from "../../host/files/received_file.ts";
import { lockSession } from "../../host/process/session_lock.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { judgeAnswer, type Judged } from "../../kernel/iteration/judge_answer.ts";
import type { JudgedWork } from "../../kernel/iteration/judgement.ts";
import { printAhead } from "../../kernel/agent/offered_tools.ts";
import { OUTSIDE_MARK } from "../../kernel/agent/result_text.ts";
import { runWithAgents } from "../../kernel/agent/sub_agents/run_with_agents.ts";
import { buildGuestPrompt, buildSystemPrompt } from "../../kernel/agent/system_prompt.ts";
import type { TurnResult, TurnSteps } from "../../kernel/agent/turn.ts";
import { billedAs, safeContext } from "../../kernel/models/prices/cost.ts";
import { createBuiltinModel } from "../../kernel/builtin/create_builtin_model.ts";
import type { Approver, TurnEvent } from "../../kernel/ports.ts";
import { BackgroundSlots } from "../../kernel/tools/commands/background.ts";
import type { TouchWatch } from "../../kernel/manifest/touch_watch.ts";
import type { AnsweredIn } from "../../kernel/policy/grant_book.ts";
import { type Role, ROLES } from "../../kernel/policy/roles.ts";
import { saidWhole } from "../../kernel/policy/said_whole.ts";
import type { RoomRules } from "../../kernel/channels/roles_of.ts";
import { Taint } from "../../kernel/policy/taint.ts";
import {
  instructionNotices,
  instructionsPrompt,
} from "../../kernel/instructions/read_instructions.ts";
import type { InstructionFile } from "../../model/conversation/instructions.ts";
import { ownWords, type UserMessage } from "../../model/conversation/message.ts";
import type { Grant } from "../../model/cells/permission.ts";
import { type Tier, TIERS } from "../../model/services/route.ts";
import type { LoadedSession, Session } from "../../model/conversation/session.ts";
import type { ParsedCommand } from "../../surfaces/cli/parsed_command.ts";

/** An open session. */
export interface Conversation {
  readonly session: Session;
  /**
   * Runs one turn.
   *
   * @param steps Of a message that is kept elsewhere, too. @default {it is not}
   * @throws {UsageError} `cli.image_no_model` for pictures where no model answers.
   */
  say(message: UserMessage, signal: AbortSignal, steps?: TurnSteps): Promise<TurnResult>;
  /**
   * Has the model that judges look at an answer of this session, in a call without tools.
   *
   * @param work.answer The last one.
   */
  judge(
    work: Pick<JudgedWork, "task" | "category" | "answer">,
    signal: AbortSignal,
  ): Promise<Judged>;
  /** Whether a model answers; the built-in assistant is none. */
  readonly hasModel: boolean;
  /** Whether a model answers, and may see what nobody can redact. */
  readonly takesImages: boolean;
  /** A text as those may see it who read along: with redaction there, secrets are hidden. */
  forRoom(text: string): string;
  /** Models to choose from, as `provider/model`. */
  models(): Readonly<Record<Tier, string>>;
  /** Whether each turn chooses between them. */
  isRouted(): boolean;
  /** Takes the MCP servers in anew, such as after an approval. */
  reloadServers(): Promise<void>;
  /** Ends its background commands, too. */
  close(): Promise<void>;
}

/** Nobody reads along. */
const ALONE: RoomRules = { wholePrompt: true, redacted: false };

/**
 * Opens a session, new or resumed.
 *
 * @throws {UsageError} `session.not_found`, or what is wrong with the choice of the provider.
 */
export async function openConversation(ward: Ward, options: {
  provider: Promise<BegunProvider>;
  resume: Extract<ParsedCommand, { type: "agent" }>["resume"];
  approver: Approver;
  /** Reads AGENTS.md and CLAUDE.md where a person is asked about them first. */
  instructions?: (() => Promise<readonly InstructionFile[]>) | undefined;
  /**
   * Whether a person wrote the messages: what a program sends names no path and no address for the
   * user. @default {true}
   */
  isPerson?: boolean | undefined;
  /** All of it is one task of the budget. @default {each turn is one} */
  isOneTask?: boolean | undefined;
  /** Who speaks; whoever is not the owner has no tools, whatever they or a model say. @default {"owner"} */
  role?: Role | undefined;
  /** What others who read along may see. @default {they are alone} */
  room?: RoomRules | undefined;
  /** What whoever shows the session adds to its tools. @default {nothing} */
  surface?: SurfaceTools | undefined;
  /** Where a person answers. @default {"terminal"} */
  answeredIn?: AnsweredIn | undefined;
  /** Sees what each call of a turn would touch; asked at its beginning. */
  watch?: (() => TouchWatch | undefined) | undefined;
  onEvent(event: TurnEvent): void;
}): Promise<Conversation> {
  const { settings } = ward.start;
  const { role = "owner", room = ALONE } = options;
  const hasTools = ROLES[role].tools === "all";
  const begun = await options.provider;
  const { choice } = begun.chosen;
  if (!begun.thread) ward.launch();
  let grants: readonly Grant[] = [];
  const builtin = createBuiltinModel({
    clock: systemClock,
    facts: () => room.wholePrompt ? builtinFacts(ward, grants, choice.why) : HIDDEN_FACTS,
    // An answer that says what is in force rests on a proof, not on a program being installed.
    settleLayer: async () => {
      await ward.hands.sandbox();
    },
  });
  const log = logTurns(ward.log, systemClock);
  ward.log.write("info", "provider", {
    provider: choice.name,
    model: choice.model,
    why: choice.why,
    keyFrom: choice.keySource,
  });
  const onEvent = (event: TurnEvent) => {
    log.onEvent(event);
    // What ward tells its owner of files, servers and models is nobody else's.
    if (event.type === "notice" && !room.wholePrompt) return;
    options.onEvent(event);
  };
  const resumed = await resumedSession(ward, options.resume);
  const redaction = await beginRedaction(ward, resumed, room.redacted);
  const models = createModelHub({
    begun,
    form: ward.form,
    builtin,
    ledger: ward.store,
    settings,
    redaction,
    isOneTask: options.isOneTask,
    log,
    onEvent,
    onAsked() {
      ward.launch();
      if (hasTools) ward.hands.prepare();
    },
  });
  // The built-in assistant takes no instructions.
  const asked = begun.thread && room.wholePrompt ? await options.instructions?.() : [];
  const creating = resumed ?? ward.store.createSession({
    workspace: settings.workspace,
    title: "",
  });
  const slots = new BackgroundSlots(settings.commands.backgroundMax);
  const { tools: own, close: closeTools } = hasTools
    ? createTools(ward, () => grants, slots, () => servers, options.surface)
    : NO_TOOLS;
  if (begun.thread) printAhead(own);
  const session = await creating;
  const lock = await lockSession(ward.data.path, session.id, systemClock.now());
  let loaded: LoadedSession | null;
  try {
    loaded = resumed ? await ward.store.loadSession(session.id) : null;
    grants = await ward.book.active(session.id);
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
  ward.sessionId = session.id;
  ward.data.openSession(session.id);
  const taint = ward.taint = new Taint();
  if (loaded?.outside) taint.add(loaded.outside);
  const notice = (text: string) => onEvent({ type: "notice", text });
  // The built-in assistant calls no tool that it does not know.
  const servers = (begun.thread && hasTools ? knownServers(ward) : Promise.resolve(NO_SERVERS))
    .then((known) => createSessionServers(ward, known, notice));
  servers.catch(() => {});
  // Read once: a session goes on as it began.
  const instructions = asked || !room.wholePrompt
    ? Promise.resolve(asked ?? [])
    : loadInstructions(ward);
  instructions.catch(() => {});
  /** Nothing stands in a new session until its first message. */
  let isEmpty = !resumed;
  let isTold = false;
  let previousFailed = false;
  const correction = { value: 1 };
  const isPerson = role === "owner" && (options.isPerson ?? true);
  // As it was stored with each: whoever goes on with a session makes nobody's words their own.
  const said = loaded?.messages
    .flatMap((one) => one.role === "user" ? [ownWords(one)] : []) ?? [];
  const policy = createPolicy(ward.facts, ward.hands, ward.book, {
    id: session.id,
    taint,
    trusted: true,
    saidByUser: (address) => isPerson && said.some((one) => saidWhole(one, address)),
  }, { mode: () => ward.mode, now: systemClock.now, answeredIn: options.answeredIn });
  return {
    session,
    takesImages: begun.thread !== null && !settings.redaction.enabled,
    async say({ text, images = [], own: given, outside }, signal, steps) {
      if (images.length > 0 && settings.redaction.enabled) {
        throw new UsageError("cli.image_redacted", "What an image shows cannot be redacted", {
          hint: "Leave the image out, or send it without --redact (redaction.enabled)",
        });
      }
      if (images.length > 0 && !begun.thread) {
        throw new UsageError("cli.image_no_model", "The built-in assistant looks at no images", {
          hint: "Connect a model first: ward onboard",
        });
      }
      const words = { text, own: isPerson ? given : "" };
      said.push(ownWords(words));
      grants = await ward.book.active(session.id);
      const files = await instructions;
      const served = await servers;
      const tools = [...own, ...served.tools(own.map(({ name }) => name))];
      if (!isTold) {
        if (begun.thread && settings.redaction.enabled) {
          const text = "Redaction is on: models get placeholders in place of secrets";
          onEvent({ type: "notice", text });
        }
        for (const text of [...models.problems, ...served.notices]) notice(text);
        for (const notice of instructionNotices(files)) {
          onEvent({ type: "notice", text: notice });
        }
      }
      isTold = true;
      const isFirst = isEmpty && !steps;
      isEmpty = false;
      const { layer, commands } = layerInForce(ward);
      const date = new Date(systemClock.now()).toISOString().slice(0, 10);
      // Asked anew: the first cell of this turn may be the one that finds out.
      const approver: Approver = {
        available: options.approver.available,
        ask(request, stop) {
          const layer = layerWords(layerInForce(ward).layer, request.grant.compartment);
          return options.approver.ask({ ...request, layer }, stop);
        },
      };
      const turn = await routeTurn({
        hub: models,
        store: ward.store,
        settings: settings.routing,
        sessionId: session.id,
        text,
        tools,
        previousFailed,
        onEvent,
      });
      const running = runWithAgents(
        {
          store: ward.store,
          model: turn.model,
          smallModel: turn.smallModel,
          redaction,
          onRound: turn.onRound,
          provider: billedAs(choice),
          modelId: choice.model,
          tools,
          policy,
          approver,
          outgoing: ward.outgoing,
          mode: () => ward.mode,
          watch: options.watch?.(),
          workspace: settings.workspace,
          clock: systemClock,
          random: systemRandom,
          layer,
          saved: {
            path: ward.data.outputDir,
            holdsOutside: () => holdsName(ward.data.outputDir, `-${OUTSIDE_MARK}`),
            holdsUnread: () => holdsName(ward.data.outputDir, RECEIVED),
          },
          async saveOutput(output, name) {
            await pruneOutputs(ward.data.outputsDir, systemClock.now());
            return await saveOutput(ward.data.outputDir, `${systemRandom.id()}-${name}`, output);
          },
          onEvent,
          contextTokens: settings.contextTokens ?? Math.min(
            ...TIERS.map((tier) => safeContext(models.roles[tier].chosen?.choice ?? choice)),
          ),
          correction,
          reasoningEffort: settings.reasoningEffort ?? undefined,
          limits: { ...settings.limits, maxOutputTokens: settings.maxOutputTokens },
          system: room.wholePrompt
            ? buildSystemPrompt({
              workspace: settings.workspace,
              date,
              layer,
              commands,
              instructions: instructionsPrompt(files),
            })
            : buildGuestPrompt({ date, hasTools }),
        },
        {
          sessionId: session.id,
          loaded: isFirst ? { session, messages: [], openCalls: [] } : undefined,
          role,
          ...words,
          ...images.length > 0 && { images },
          outside,
          signal,
          steps,
        },
        {
          limits: begun.thread && hasTools ? settings.subAgents : null,
          workspace: settings.workspace,
        },
      );
      try {
        const result = await running;
        previousFailed = !["complete", "stopped"].includes(result.outcome);
        return result;
      } finally {
        await turn.settled();
      }
    },
    hasModel: begun.thread !== null,
    async judge(work, signal) {
      const messages = (await ward.store.loadSession(session.id))?.messages ?? [];
      const judge = models.roles.evaluator.chosen?.choice ?? choice;
      return await judgeAnswer(
        {
          model: models.forTurn(session.id)("evaluator"),
          modelId: judge.model,
          provider: billedAs(judge),
          redaction,
          clock: systemClock,
          limits: { ...settings.limits, maxOutputTokens: settings.maxOutputTokens },
          contextTokens: settings.contextTokens ?? safeContext(judge),
        },
        { ...work, messages },
        signal,
      );
    },
    async reloadServers() {
      await (await servers).replace(await knownServers(ward));
    },
    forRoom: (text) => room.redacted ? redaction.text(text) : text,
    models: () => tierModels(models),
    isRouted: () => isRouted(models, settings.routing),
    async close() {
      models.stop();
      try {
        await closeTools();
        await (await servers.catch(() => null))?.close();
      } finally {
        lock[Symbol.dispose]();
      }
    },
  };
}

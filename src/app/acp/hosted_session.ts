/** One session of an editor. */
import { runCommand } from "./acp_commands.ts";
import { approveServers } from "./approve_servers.ts";
import { serversOfEditor } from "./editor_servers.ts";
import { withEditorFiles } from "./editor_files.ts";
import { withModel } from "../commands/agent/chat_commands.ts";
import { type Conversation, openConversation } from "../conversation/open_conversation.ts";
import { beginProvider, type BegunProvider } from "../provider.ts";
import { secretValues } from "../start/logging.ts";
import type { ProcessStart } from "../start/process.ts";
import type { Ward } from "../ward.ts";
import { AppError } from "../../base/app_error.ts";
import { checkImage } from "../../host/files/read_image.ts";
import { systemClock } from "../../host/process/system.ts";
import { resolveWorkspace } from "../../host/workspace.ts";
import { describeError } from "../../kernel/agent/prepare_call.ts";
import { entrySecrets } from "../../kernel/mcp/entry_secrets.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createTerminalTool } from "../../kernel/tools/commands/terminal_tool.ts";
import { TouchWatch } from "../../kernel/manifest/touch_watch.ts";
import { safeContext } from "../../kernel/models/prices/cost.ts";
import type { Editor, HostedSession, OpenRequest } from "../../surfaces/acp/host.ts";
import type { SessionMode } from "../../surfaces/acp/choices.ts";

type Resume = Parameters<typeof openConversation>[1]["resume"];

/**
 * Opens a session in the folder that the editor works in.
 *
 * @throws {AppError} What is wrong with the folder, the session or the choice of the provider.
 */
export async function openHosted(
  ward: Ward,
  request: OpenRequest,
  editor: Editor,
): Promise<HostedSession> {
  const start = startIn(ward.start, request.cwd);
  const room = ward.beside(start);
  const tell = (text: string) => editor.onEvent({ type: "notice", text });
  room.onNotice = tell;
  const { problems, ...given } = serversOfEditor(request.mcpServers);
  room.given = given;
  start.known.add([...secretValues(given.values), ...given.servers.flatMap(entrySecrets)]);
  problems.forEach(tell);
  try {
    return await hostedIn(room, request, editor);
  } catch (error) {
    await room.close();
    throw error;
  }
}

async function hostedIn(
  room: Ward,
  request: OpenRequest,
  editor: Editor,
): Promise<HostedSession> {
  const { start } = room;
  const { settings } = start;
  let inputs = start.providerInputs;
  let mode: SessionMode = settings.approvals.mode;
  let watch: TouchWatch | undefined;
  const { files, terminals } = editor;
  const openWith = (resume: Resume, begun: BegunProvider): Promise<Conversation> =>
    openConversation(room, {
      provider: Promise.resolve(begun),
      resume,
      approver: editor.approver,
      answeredIn: "editor",
      watch: () => watch,
      onEvent: editor.onEvent,
      surface: {
        ...files === null ? {} : {
          files: (hands, alone) =>
            withEditorFiles(hands, {
              files,
              workspace: settings.workspace,
              osHome: room.facts.osHome,
              realPath: room.facts.realPath,
              alone,
            }),
        },
        tools: terminals !== null && settings.acp.terminals
          ? [
            createTerminalTool({
              workspace: settings.workspace,
              clock: systemClock,
              timeoutMs: settings.commands.timeoutMs,
              outgoing: room.outgoing,
              run: terminals.run,
            }) as Tool,
          ]
          : [],
      },
    }).catch((error) => {
      begun.thread?.stop();
      throw error;
    });
  let begun = await beginProvider(start);
  const { resume } = request;
  const first = await openWith(
    resume === null ? { type: "no" } : { type: "id", id: resume },
    begun,
  );
  const { id } = first.session;
  /** null: another model could not go on with it; the next message opens it again with this one. */
  let open: Conversation | null = first;
  const conversation = async () => open ??= await openWith({ type: "id", id }, begun);
  /** Servers that were asked about, whatever was answered. */
  const asked = new Set<string>();

  const session: HostedSession = {
    id,
    async say(message, signal) {
      const images = message.images.map(checkImage);
      const current = await conversation();
      if (begun.thread && await approveServers(room, editor, asked, signal)) {
        await current.reloadServers();
      }
      watch = mode === "plan"
        ? new TouchWatch({
          workspace: settings.workspace,
          isPlan: true,
          lock: null,
          realPath: room.facts.realPath,
        })
        : undefined;
      const { outcome, reason } = await current.say({ ...message, images }, signal);
      return { outcome, reason, planned: watch?.rows() ?? null };
    },
    get mode() {
      return mode;
    },
    setMode(next) {
      mode = next;
      // With `plan` nothing runs: there is nothing to ask about.
      room.mode = next === "plan" ? "default" : next;
      room.log.write("info", "mode", { mode: next, session: id });
    },
    model() {
      const current = nameOf(begun);
      const names = Object.values(open?.models() ?? {}).filter((name) => name !== "");
      return { current, names: [...new Set([current, ...names])] };
    },
    async setModel(name) {
      if (name === nameOf(begun)) return;
      const chosen = withModel(inputs, name, begun.chosen.choice.name);
      // Chosen before anything is closed: a mistyped name changes nothing.
      const next = await beginProvider({ ...start, providerInputs: chosen });
      try {
        const before = open;
        open = null;
        await before?.close();
        open = await openWith({ type: "id", id }, next);
      } catch (error) {
        throw new AppError("acp.model", `Cannot go on with ${name}: ${describeError(error)}`, {
          hint: `The session keeps ${nameOf(begun)}; the next message opens it again`,
        });
      }
      inputs = chosen;
      begun = next;
    },
    get contextTokens() {
      return settings.contextTokens ?? safeContext(begun.chosen.choice);
    },
    command: (name, argument) => runCommand(room, session, { name, argument }),
    async close() {
      try {
        await open?.close();
      } finally {
        await room.close();
      }
    },
  };
  return session;
}

function nameOf({ chosen: { choice } }: BegunProvider): string {
  return choice.name === "builtin" ? "builtin" : `${choice.name}/${choice.model}`;
}

/** The same process in another folder, which is held to the rules of `-w`. */
function startIn(start: ProcessStart, cwd: string): ProcessStart {
  const { home, dataDir, others } = start.settings;
  const { path } = resolveWorkspace({
    flag: cwd,
    variable: null,
    file: null,
    initCwd: null,
    cwd,
    home,
    dataDir,
    others,
    osHome: start.osHome,
    make: false,
  });
  return { ...start, settings: { ...start.settings, workspace: path } };
}

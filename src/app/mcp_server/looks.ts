/** What of ward can be read as resources, and the prompts that go with it. */
import { permissionsReport } from "../commands/permissions.ts";
import { statusReport } from "../commands/status.ts";
import type { FromTool } from "./from_tool.ts";
import { sessionUri } from "./ask_tool.ts";
import { selfTools } from "../self/self_tools.ts";
import type { Ward } from "../ward.ts";
import { createSessionTool } from "../../kernel/tools/self/session_tool.ts";
import type {
  PromptArgument,
  Served,
  ServedContents,
  ServedPrompt,
  ServedTemplate,
  ServedTool,
} from "../../surfaces/mcp_server/served.ts";

const JSON_TYPE = "application/json";

/** Values of one completion. */
const COMPLETED = 100;

const TITLES: Readonly<Record<string, string>> = {
  sessions: "Sessions",
  ward_status: "Status",
  permissions: "Permissions",
  usage: "Usage and cost",
};

/** The tools that only look. */
export function lookingTools(ward: Ward, serve: FromTool): ServedTool[] {
  return selfTools(ward, null).map((tool) => serve(tool, TITLES[tool.name] ?? tool.name));
}

/** State and sessions as resources. */
export function lookingResources(
  ward: Ward,
  serve: FromTool,
): Pick<Served, "resources" | "templates"> {
  const report = (
    uri: string,
    title: string,
    description: string,
    read: () => Promise<unknown>,
  ) => ({
    uri,
    name: uri.slice("ward://".length),
    title,
    description,
    mimeType: JSON_TYPE,
    read: async (): Promise<ServedContents> => [
      { uri, mimeType: JSON_TYPE, text: JSON.stringify(await read(), null, 1) },
    ],
  });
  return {
    resources: [
      report(
        "ward://status",
        "Status",
        "Model, workspace, what holds ward, warnings",
        () => statusReport(ward),
      ),
      report(
        "ward://permissions",
        "Permissions",
        "What each part may touch, and the grants",
        () => permissionsReport(ward),
      ),
    ],
    templates: [sessionTemplate(ward, serve)],
  };
}

/** A session's newest messages; the tool `sessions` gives all of them, in pages. */
function sessionTemplate(ward: Ward, serve: FromTool): ServedTemplate {
  const { store } = ward;
  const tool = serve(createSessionTool({ store, workspace: null }), "Sessions");
  return {
    uriTemplate: sessionUri("{id}"),
    name: "session",
    title: "Session",
    description: "The newest messages of a session; for all of them see the tool sessions",
    mimeType: "text/plain",
    async list(offset, limit) {
      const sessions = await store.listSessions({ limit: offset + limit });
      return sessions.slice(offset).map(({ id, title }) => ({
        uri: sessionUri(id),
        name: id,
        title: title === "" ? id : title,
      }));
    },
    async read(uri, { id = "" }, signal) {
      if (!(await store.findSessions({ prefix: id, limit: 1 })).some((one) => one.id === id)) {
        return null;
      }
      const call = { signal, ...NO_CLIENT };
      const { content } = await tool.run({ id, newest: true, limit: COMPLETED }, call);
      return content.flatMap((one) =>
        one.type === "text" ? [{ uri, mimeType: "text/plain", text: one.text }] : []
      );
    },
    complete: (_, begun) => sessionIds(ward, begun),
  };
}

/** Reading asks nobody and tells nobody. */
const NO_CLIENT = {
  can: { form: false, url: false },
  progress: () => {},
  log: () => {},
  ask: () => Promise.resolve({ action: "cancel" as const }),
  open: () => Promise.resolve({ action: "cancel" as const }),
  changed: () => {},
};

async function sessionIds({ store }: Ward, begun: string): Promise<string[]> {
  const found = await store.findSessions({ prefix: begun.toLowerCase(), limit: COMPLETED });
  return found.map(({ id }) => id);
}

/** What a user of a client picks from its menu. */
export function lookingPrompts(ward: Ward): ServedPrompt[] {
  const session: PromptArgument = {
    name: "session",
    description: "Id of the session",
    required: true,
    complete: (begun) => sessionIds(ward, begun),
  };
  const says = (text: string) =>
    Promise.resolve([{ role: "user" as const, content: { type: "text" as const, text } }]);
  return [
    {
      name: "review_permissions",
      title: "Review what ward may do",
      description: "Goes through the grants in force and says which to take back",
      args: [],
      messages: () =>
        says(
          "Read ward's permissions with its tool permissions. Say in plain words what each grant " +
            "lets it do and how long, which are wider than they need be, and which I should take " +
            "back. Take none back before I say so.",
        ),
    },
    {
      name: "continue_session",
      title: "Go on with a session",
      description: "Reads a session of ward and goes on with it",
      args: [session],
      messages: ({ session: id = "" }) =>
        says(
          `Read session ${id} of ward with its tool sessions (id, newest). Say in a few sentences ` +
            "where it stands and what is open. Then ask me what to do next, and do it with " +
            `ask_ward and sessionId ${id}.`,
        ),
    },
  ];
}

/** The agent's own tools as a server offers them: one implementation, one policy, two doors. */
import { layerInForce, layerWords } from "../conversation/facts.ts";
import { createPolicy } from "../policy.ts";
import type { Ward } from "../ward.ts";
import { systemClock, systemRandom } from "../../host/process/system.ts";
import { cutOutput, needsCut } from "../../kernel/agent/cut_output.ts";
import type { PolicyPort } from "../../kernel/agent/policy_port.ts";
import { runSingleCall } from "../../kernel/agent/single_call.ts";
import type { OutsideCount } from "../../kernel/agent/turn.ts";
import { markOutside } from "../../kernel/outside/mark.ts";
import { Taint } from "../../kernel/policy/taint.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createClientApprover } from "../../surfaces/mcp_server/approver.ts";
import { type Call, type ServedTool, textResult } from "../../surfaces/mcp_server/served.ts";

/** Makes tools of the agent ones of a server. */
export type FromTool = (tool: Tool, title: string) => ServedTool;

/**
 * For one client: what one call read from outside counts for its later ones, and an answer "for this
 * session" as long as it is connected.
 */
export function servedFrom(ward: Ward): FromTool {
  const id = `served-${systemRandom.id()}`;
  const policy = createPolicy(ward.facts, ward.hands, ward.book, {
    id,
    taint: new Taint(),
    trusted: true,
    // What a program writes is no word of the user.
    saidByUser: () => false,
  }, { mode: () => ward.mode, now: systemClock.now, answeredIn: "editor" });
  const outside = { reads: 0 };
  return (tool, title) => fromTool(tool, title, { ward, policy, id, outside });
}

function fromTool(tool: Tool, title: string, by: Connection): ServedTool {
  const { name, description, schema, flags } = tool;
  return {
    name,
    title,
    description,
    schema,
    hints: {
      readOnly: flags.readOnly,
      destructive: flags.highImpactWrite,
      idempotent: flags.idempotent,
      openWorld: flags.externalSideEffect,
    },
    async run(args, call) {
      const { ok, content, outside } = await callTool(tool, args, call, by);
      const parts = await Promise.all(
        outside.map((one) => markOutside(one, systemRandom.id(), (text) => Promise.resolve(text))),
      );
      const text = [content, ...parts].filter((part) => part !== "").join("\n");
      // Pages keep within bounds; what does not come in pages is cut as it is for ward's own model.
      const whole = needsCut(text) && outside.length === 0 ? cutOutput(text, null) : text;
      return textResult(whole, { isError: !ok });
    },
  };
}

interface Connection {
  readonly ward: Ward;
  readonly policy: PolicyPort;
  readonly id: string;
  /** What its calls read, which run side by side. */
  readonly outside: OutsideCount;
}

function callTool(
  tool: Tool,
  args: unknown,
  call: Call,
  { ward, policy, id, outside }: Connection,
) {
  const { settings } = ward.start;
  const layer = () => layerInForce(ward).layer;
  const approver = createClientApprover(call, {
    clock: systemClock,
    timeoutMs: settings.approvals.timeoutMs,
  });
  return runSingleCall(
    {
      sessionId: id,
      role: "owner",
      signal: call.signal,
      budget: { paused: (wait) => wait() },
      messages: [],
      outside,
      deps: {
        tools: [tool],
        policy,
        approver: {
          available: approver.available,
          ask: (request, stop) =>
            approver.ask(
              { ...request, layer: layerWords(layer(), request.grant.compartment) },
              stop,
            ),
        },
        store: ward.store,
        layer: layer(),
        mode: () => ward.mode,
        onEvent: (event) => event.type === "notice" ? call.log("warning", event.text) : undefined,
        outgoing: ward.outgoing,
        workspace: settings.workspace,
      },
    },
    { id: systemRandom.id(), name: tool.name, arguments: JSON.stringify(args) },
    systemClock.now,
  );
}

/** Ward's own tools, with settings as a user has them, over hands and a web of a test. */
import type { Tool } from "../../../src/kernel/ports.ts";
import {
  BackgroundCommands,
  BackgroundSlots,
} from "../../../src/kernel/tools/commands/background.ts";
import { createCommandTools } from "../../../src/kernel/tools/commands/command_tools.ts";
import { createFileTools } from "../../../src/kernel/tools/files/file_tools.ts";
import type { HandsPort } from "../../../src/kernel/tools/hands_port.ts";
import type { WebPort } from "../../../src/kernel/tools/web/web_port.ts";
import { createWebTools } from "../../../src/kernel/tools/web/web_tools.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { WORKSPACE } from "../kit/real_session.ts";

/** Tools for files, commands and the web. */
export function wardTools(hands: HandsPort, web: WebPort): Tool[] {
  const clock = new FakeClock();
  return [
    ...createFileTools({ hands, workspace: WORKSPACE }),
    ...createCommandTools({
      hands,
      workspace: WORKSPACE,
      env: {},
      author: { name: null, email: null },
      operators: "allow",
      timeoutMs: 1000,
      outputLimitBytes: 1000,
      background: new BackgroundCommands({
        clock,
        slots: new BackgroundSlots(4),
        timeoutMs: 1000,
      }),
      takeRefused: () => Promise.resolve([]),
      takeReached: () => [],
      hostCommand: "ward permissions grant net",
    }),
    ...createWebTools({
      web,
      hosts: [],
      service: "duckduckgo",
      base: null,
      key: null,
      userAgent: "ward",
    }),
  ];
}

import { createWebReader } from "./web_reader.ts";
import { VERSION } from "../start/version.ts";
import type { Ward } from "../ward.ts";
import type { Tool } from "../../kernel/ports.ts";
import { createWebTools } from "../../kernel/tools/web/web_tools.ts";

/** The web tools of a session, by its settings. */
export function webTools({ form, start }: Pick<Ward, "form" | "start">): Tool[] {
  const { hosts, search, searchBase } = start.settings.web;
  return createWebTools({
    web: createWebReader(form),
    hosts,
    service: search,
    base: searchBase,
    key: start.searchKey?.value ?? null,
    userAgent: `ward/${VERSION}`,
  });
}

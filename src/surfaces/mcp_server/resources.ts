/** Resources as a list and by their address. */
import { UriTemplate } from "@modelcontextprotocol/server";
import type { ListedResource, Served, ServedContents } from "./served.ts";

/** Resources of one address first, then those of each kind. */
export async function listResources(
  { resources, templates }: Served,
  from: number,
  limit: number,
): Promise<readonly ListedResource[]> {
  const found: ListedResource[] = resources.slice(from, from + limit).map((one) => ({
    uri: one.uri,
    name: one.name,
    title: one.title,
    description: one.description,
    mimeType: one.mimeType,
  }));
  // Only one kind is listed at most: places in several lists would need more than a number.
  const kind = templates.find(({ list }) => list !== null);
  if (kind?.list && found.length < limit) {
    const offset = Math.max(0, from - resources.length);
    found.push(...await kind.list(offset, limit - found.length));
  }
  return found;
}

/** Null: there is none. */
export async function readResource(
  served: Served,
  uri: string,
  signal: AbortSignal,
): Promise<ServedContents | null> {
  const one = served.resources.find((resource) => resource.uri === uri);
  if (one) return await one.read(signal);
  for (const template of served.templates) {
    const variables = matchTemplate(template.uriTemplate, uri);
    if (variables) return await template.read(uri, variables, signal);
  }
  return null;
}

/** Whether anything has values to offer. */
export function completes({ templates, prompts }: Served): boolean {
  return templates.some(({ complete }) => complete !== undefined) ||
    prompts.some(({ args }) => args.some(({ complete }) => complete !== undefined));
}

/** The variables of an address; null: it is not of that kind. */
function matchTemplate(
  uriTemplate: string,
  uri: string,
): Readonly<Record<string, string>> | null {
  const found = new UriTemplate(uriTemplate).match(uri);
  if (found === null) return null;
  return Object.fromEntries(
    Object.entries(found).map((
      [name, value],
    ) => [name, Array.isArray(value) ? value.join(",") : value]),
  );
}

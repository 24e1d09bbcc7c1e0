/**
 * Tools over a real folder with the result forms of ward's own, and nothing of their confinement:
 * enough to see whether what the built-in assistant asks for gives what it says.
 */
import * as z from "zod";
import type { Tool } from "../../src/kernel/ports.ts";
import type { ToolResult } from "../../src/model/conversation/tool.ts";

/** Makes the tree of `phrasings.json`. */
export async function makeTree(
  root: string,
  tree: Readonly<Record<string, string | { text: string; times: number }>>,
): Promise<void> {
  for (const [path, content] of Object.entries(tree)) {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    const text = typeof content === "string" ? content : content.text.repeat(content.times);
    await Deno.writeTextFile(`${root}/${path}`, text);
  }
}

/** The tools of the session over a folder. */
export function fakeHands(root: string): Tool[] {
  const path = z.string().optional();
  return [
    made("list", z.strictObject({ path, depth: z.int().optional() }), async (args) => {
      const lines = await walk(root, args.path ?? ".", args.depth ?? 1);
      return lines.join("\n");
    }),
    made(
      "read",
      z.strictObject({ path: z.string(), offset: z.int().optional(), limit: z.int().optional() }),
      async (args) => {
        const text = await Deno.readTextFile(`${root}/${args.path}`);
        const from = args.offset ?? 1;
        return text.replace(/\n$/, "").split("\n").map((line, i) =>
          `${`${i + 1}`.padStart(4)}\t${line}`
        )
          .slice(from - 1, from - 1 + (args.limit ?? 2000)).join("\n");
      },
    ),
    made(
      "grep",
      z.strictObject({ pattern: z.string(), path, ignore_case: z.boolean().optional() }),
      async (args) => {
        const regex = new RegExp(args.pattern, args.ignore_case ? "i" : "");
        const files = (await walk(root, args.path ?? ".", 9)).filter((line) => /\t\d+$/.test(line))
          .map((line) => line.replace(/\t.*/, ""));
        const found: string[] = [];
        for (const file of files) {
          (await Deno.readTextFile(`${root}/${file}`)).split("\n").forEach((line, i) => {
            if (regex.test(line)) found.push(`${file}:${i + 1}: ${line}`);
          });
        }
        return found.join("\n") || `[no match in ${files.length} files]`;
      },
    ),
    made("glob", z.strictObject({ pattern: z.string(), path }), async (args) => {
      const name = new RegExp(
        `^${args.pattern.replace(/^\*\*\//, "").replaceAll(".", "\\.").replaceAll("*", ".*")}$`,
      );
      const files = (await walk(root, args.path ?? ".", 9)).filter((line) => /\t\d+$/.test(line))
        .map((line) => line.replace(/\t.*/, ""));
      return files.filter((file) => name.test(file.replace(/.*\//, ""))).join("\n") ||
        "[no file matches]";
    }),
    made("run", z.strictObject({ command: z.string() }), async ({ command }) => {
      const { stdout, stderr, code } = await new Deno.Command("bash", {
        args: ["-c", command],
        cwd: root,
        env: { LC_ALL: "C.UTF-8", PATH: "/usr/bin:/bin", HOME: root },
        clearEnv: true,
      }).output();
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      if (code !== 0) throw new Failed(`${text}[exit code ${code}]`);
      return text;
    }),
  ];
}

class Failed extends Error {}

async function walk(root: string, path: string, depth: number): Promise<string[]> {
  const at = path === "." ? root : `${root}/${path}`;
  const here = await Deno.stat(at);
  if (here.isFile) return [`${path}\t${here.size}`];
  const found: string[] = [];
  for (const entry of [...Deno.readDirSync(at)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (entry.name === ".git") continue;
    const inner = path === "." ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory) {
      found.push(`${inner}/`, ...(depth > 1 ? await walk(root, inner, depth - 1) : []));
    } else found.push(`${inner}\t${Deno.statSync(`${root}/${inner}`).size}`);
  }
  return found;
}

function made<A>(name: string, schema: z.ZodType<A>, work: (args: A) => Promise<string>): Tool {
  const tool: Tool<A> = {
    name,
    description: name,
    schema,
    flags: {
      readOnly: true,
      externalSideEffect: false,
      needsApproval: false,
      idempotent: true,
      highImpactWrite: false,
    },
    plan: (args) => ({
      accesses: [],
      title: `${name} ${JSON.stringify(args)}`,
      readOnly: true,
      execute: async (): Promise<ToolResult> => {
        try {
          return { ok: true, content: await work(args), summary: "", effects: [] };
        } catch (error) {
          const content = error instanceof Failed ? error.message : "Cannot read: not found";
          return { ok: false, content, summary: "", effects: [] };
        }
      },
    }),
  };
  return tool as Tool;
}

/**
 * Attack: what macOS' sandbox would let a program do by the profile that ward writes, asked of the
 * profile's text. No macOS is needed; whether the system keeps to it is what its proof asks.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { AppError } from "../../../src/base/app_error.ts";
import type { LayoutStep } from "../../../src/compartments/launcher/layout.ts";
import {
  profileString,
  type SeatbeltInputs,
  seatbeltProfile,
} from "../../../src/compartments/launcher/seatbelt_profile.ts";
import { within } from "../../../src/model/cells/paths.ts";
import { Area } from "../kit/area.ts";
import { readProfile } from "../kit/sbpl.ts";

const area = new Area("B1 profile of macOS' sandbox", "cell escapes");

const WS = "/Users/me/work";
const TMP = "/Users/me/.ward/data/cells/1";
const RUNTIME = "/opt/homebrew/Cellar/ward/1/bin/ward";
const OWN = [RUNTIME, "/bin/cat", "/bin/ls", "/usr/bin/env", "/usr/bin/mkfifo"];

const bind = (source: string, write = false, at = source): LayoutStep => ({
  type: "bind",
  source,
  at,
  write,
});
const mask = (at: string): LayoutStep => ({ type: "tmpfs", at, bytes: 65_536, write: false });

/** As `layoutOf` gives it: libraries, /proc, /dev, /tmp, programs, ward's own, mounts. */
function inputs(mounts: readonly LayoutStep[], programs: readonly string[] = []): SeatbeltInputs {
  return {
    steps: [
      bind("/usr/lib"),
      bind("/System/Library"),
      { type: "proc", at: "/proc" },
      { type: "dev", at: "/dev" },
      { type: "tmpfs", at: "/tmp", bytes: 1 << 20, write: true },
      ...programs.map((path) => bind(path)),
      bind(RUNTIME, false, "/run/ward/runtime"),
      bind("/bin/cat", false, "/run/ward/cat"),
      bind("/Users/me/.ward/data/cell-etc/passwd", false, "/etc/passwd"),
      bind(WS, true),
      ...mounts,
      bind(TMP, true),
      bind(`${TMP}/proof/held`),
    ],
    programs,
    own: OWN,
  };
}

const READS = ["file-read-data", "file-read-xattr"];
const WRITES = [
  "file-write-data",
  "file-write-create",
  "file-write-unlink",
  "file-write-mode",
  "file-write-xattr",
  "file-link",
  "file-clone",
];

/** What must not be allowed; each is an attack. */
function refuses(text: string, operations: readonly string[], path: string): void {
  const profile = readProfile(text);
  for (const operation of operations) {
    const reached = profile.allows(operation, path);
    area.attack(`${operation} ${path}`, reached);
    // Control: with the rules on paths that deny taken out, the same is asked again.
    const open = readProfile(
      text.split("\n").filter((line) => !line.startsWith("(deny")).join("\n"),
    );
    if (open.allows(operation, path)) area.effective();
    assert(!reached, `${operation} ${path}\n${text}`);
  }
}

/** What must be allowed. */
function allows(text: string, operations: readonly string[], path: string): void {
  const profile = readProfile(text);
  for (const operation of operations) {
    area.benign(`${operation} ${path}`, profile.allows(operation, path));
    assert(profile.allows(operation, path), `${operation} ${path}\n${text}`);
  }
}

Deno.test("attack: the workspace and the cell's own folder are all that can be written", () => {
  const text = seatbeltProfile(inputs([
    bind(`${WS}/.git`),
    bind(`${WS}/a/b/.envrc`),
    mask(`${WS}/.ssh`),
    { type: "bind", source: "/dev/null", at: `${WS}/agent.sock`, write: false },
  ], ["/usr/bin/sort"]));
  allows(text, ["file-write-create", "file-write-data", "file-write-unlink"], `${WS}/new/file`);
  allows(text, [...READS, "file-write-create"], `${TMP}/x`);
  allows(text, READS, `${WS}/.git/config`);
  allows(text, ["process-exec"], RUNTIME);
  allows(text, ["process-exec", "file-read-data"], "/usr/bin/sort");
  allows(text, ["file-read-metadata"], "/Users/me/.ward/data");
  for (const path of [`${WS}/.git/config`, `${WS}/.git`, `${WS}/a/b/.envrc`]) {
    refuses(text, WRITES, path);
  }
  for (const path of [`${WS}/.ssh/id`, `${WS}/agent.sock`]) {
    refuses(text, [...READS, ...WRITES], path);
  }
  // What is above a protected entry takes it along when it is moved.
  for (const path of [`${WS}/a`, `${WS}/a/b`, WS, "/Users/me", TMP, `${TMP}/proof`]) {
    refuses(text, ["file-write-unlink"], path);
  }
  for (
    const path of ["/Users/me/.ssh/id", "/Users/me/.ward/data/ward.db", "/private/etc/passwd"]
      .concat(`${WS}er/secret`, "/private/tmp/x", "/Users/me/.ward/data/canary/secret")
  ) refuses(text, [...READS, ...WRITES], path);
  for (const path of ["/System/Library/x", "/usr/lib/x.dylib", RUNTIME, "/usr/bin/sort", "/x"]) {
    refuses(text, WRITES, path);
  }
  for (const path of ["/bin/sh", "/usr/bin/osascript", `${WS}/made`, "/usr/lib/x", "/usr/bin/su"]) {
    refuses(text, ["process-exec", "process-exec-interpreter"], path);
  }
});

Deno.test("attack: nothing but files, and no service or setting of the system", () => {
  const text = seatbeltProfile(inputs([]));
  const operations =
    ("network-outbound network-inbound network-bind system-socket mach-lookup mach-register " +
      "sysctl-write sysctl-read process-info-pidinfo signal iokit-open file-mount file-ioctl " +
      "ipc-posix-shm-write-create job-creation system-privilege appleevent-send").split(" ");
  refuses(text, operations, "/anything");
  const { rules, imports } = readProfile(text);
  assert.deepEqual(imports, ["dyld-support.sb"]);
  // Only these are for everything; a rule whose paths are none must not become one.
  assert.deepEqual(
    rules.filter(({ filters }) => filters.length === 0).map(({ allow, operations }) =>
      `${allow ? "allow" : "deny"} ${operations.join(" ")}`
    ),
    [
      "deny default",
      "allow process-fork",
      "deny file-link file-clone",
      "deny network* system-socket",
      "deny mach-lookup mach-register",
    ],
  );
  const targets = rules.filter(({ operations }) => /^(signal|process-info)/.test(operations[0]!));
  assert.deepEqual(targets.map(({ filters }) => filters.flat()), [
    ["target", "self"],
    ["target", "same-sandbox"],
  ]);
  const sysctl = rules.find(({ operations }) => operations.includes("sysctl-read"));
  const names = sysctl!.filters.map(([, name]) => name);
  for (const name of ["kern.proc", "kern.proc.all", "kern.procargs2", "kern.bootargs"]) {
    const seen = sysctl!.filters.some(([kind, value]) =>
      kind === "sysctl-name-prefix" ? name.startsWith(value) : name === value
    );
    area.attack(`sysctl ${name}`, seen);
    assert(!seen, names.join(" "));
  }
});

Deno.test("a program in a place that the cell writes is not started, nor one that is masked", () => {
  const text = seatbeltProfile(inputs([mask(`${WS}/home`)], [
    `${WS}/bin/tool`,
    `${WS}/home/tool`,
    "/usr/bin/sort",
  ]));
  refuses(text, ["process-exec"], `${WS}/bin/tool`);
  refuses(text, ["process-exec", "file-read-data"], `${WS}/home/tool`);
  allows(text, ["process-exec"], "/usr/bin/sort");
});

Deno.test("a program behind a link is started by both names, and neither can be written", () => {
  const [path, target] = ["/opt/homebrew/bin/rg", "/opt/homebrew/Cellar/rg/1/bin/rg"];
  const text = seatbeltProfile({
    ...inputs([]),
    steps: [{ type: "link", at: path, target }, ...inputs([]).steps],
    programs: [path, target],
  });
  for (const name of [path, target]) {
    allows(text, ["process-exec", "file-read-data", "file-read-metadata"], name);
    refuses(text, WRITES, name);
  }
  refuses(text, READS, "/opt/homebrew/Cellar/rg/1/bin/other");
});

Deno.test("names below the root's links are meant where these lead", () => {
  const text = seatbeltProfile(inputs([bind("/tmp/grant", true), mask("/var/me/x")]));
  allows(text, ["file-write-create"], "/private/tmp/grant/x");
  refuses(text, ["file-write-create"], "/private/tmp/other");
  assert(!text.includes('"/tmp/grant"') && !text.includes('"/var/me'));
});

/** Names as a hostile archive or repository has them. */
const hostile = fc.string({
  unit: fc.constantFrom(
    ..."ab\"\\()[];#| '`$*?<>",
    "\\\\",
    '"))(allow default)',
    "é",
    "\u0301",
    "日",
    "𐎟",
  ),
  minLength: 1,
  maxLength: 12,
}).map((name) => name.replaceAll("/", "_")).filter((name) => ![".", ".."].includes(name));

const below = fc.array(hostile, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));

Deno.test("attack: names with quotes, backslashes and parentheses stay in their string", () => {
  fc.assert(fc.property(below, below, (one, other) => {
    const [kept, hidden] = [`${WS}/k${one}`, `${WS}/h${other}`];
    const text = seatbeltProfile(inputs([bind(kept), mask(hidden)]));
    const profile = readProfile(text);
    const plain = readProfile(seatbeltProfile(inputs([bind(`${WS}/k`), mask(`${WS}/h`)])));
    assert.equal(profile.rules.length, plain.rules.length, text);
    refuses(text, ["file-write-data", "file-write-unlink"], kept);
    refuses(text, ["file-read-data", "file-write-create"], `${hidden}/x`);
    refuses(text, ["file-read-data", "file-write-create", "process-exec"], "/Users/me/other");
  }));
});

Deno.test("attack: a name with a control character or half a character is refused, not written", () => {
  const broken = fc.constantFrom("\n", "\r", "\0", "\t", "\x1b", "\x7f", "\u0085", "\ud800");
  fc.assert(fc.property(below, broken, below, (before, char, after) => {
    let refused = false;
    try {
      seatbeltProfile(inputs([mask(`${WS}/${before}${char}${after}`)]));
    } catch (error) {
      refused = error instanceof AppError && error.code === "cell.path";
    }
    area.attack(`a name with ${JSON.stringify(char)}`, !refused);
    assert(refused);
  }));
  assert.throws(() => profileString("relative"), { code: "cell.path" });
});

/** A random layout, and what mounts would make of it: the last step over a path counts. */
const step = fc.record({
  path: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 })
    .map((parts) => `${WS}/${parts.join("/")}`),
  mode: fc.constantFrom("read" as const, "write" as const, "masked" as const),
});

Deno.test("the profile allows what mounts in the same order would, and moves no mount", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), step, (steps, { path: asked }) => {
      const text = seatbeltProfile(inputs(
        steps.map(({ path, mode }) =>
          mode === "masked" ? mask(path) : bind(path, mode === "write")
        ),
      ));
      const profile = readProfile(text);
      const mode = steps.findLast(({ path }) => within(path, asked))?.mode ?? "write";
      const inside = `${asked}/z`;
      const innermost = steps.findLast(({ path }) => within(path, inside))?.mode ?? "write";
      assert.equal(profile.allows("file-read-data", asked), mode !== "masked", text);
      assert.equal(profile.allows("file-write-data", asked), mode === "write", text);
      assert.equal(profile.allows("file-write-create", inside), innermost === "write", text);
      const isFixed = steps.some(({ path }) => within(asked, path));
      assert.equal(
        profile.allows("file-write-unlink", asked),
        mode === "write" && !isFixed,
        `${asked}\n${text}`,
      );
      assert(!profile.allows("file-link", asked) && !profile.allows("file-clone", asked));
    }),
    { numRuns: 500 },
  );
});

area.gate();

/** Path traversal strings: every known way to write "up", the same list in every run. */

/** One step up, as attackers write it. */
const UPS = [
  "../",
  "..\\",
  "..//",
  ".././",
  "./../",
  "..;/",
  "....//",
  "...//",
  "..././",
  "%2e%2e/",
  "%2e%2e%2f",
  "..%2f",
  "%2e%2e\\",
  "%2e%2e%5c",
  "..%5c",
  "%252e%252e%252f",
  "..%252f",
  "..%c0%af",
  "%c0%ae%c0%ae/",
  "..%c1%9c",
  "%uff0e%uff0e%u2215",
  "\uff0e\uff0e/",
  "..\u2215",
  "..\u2044",
  "..\uff0f",
  "\u2025/",
  ".\u200b./",
  "..\u00a0/",
  ".. /",
  " ../",
  "..\t/",
  "..\n/",
  "..\u0000/",
  "x/../../",
  "./x/.././../",
  "/./../",
  "//../",
  "\\..\\",
  "../\\",
  "..%00/",
];

const DEPTHS = [1, 2, 3, 4, 5, 6, 8, 12, 20];

/**
 * Strings that mean a file outside.
 *
 * @param targets Absolute paths of files outside the workspace.
 */
export function traversalStrings(targets: readonly string[]): string[] {
  const strings = new Set<string>();
  for (const target of targets) {
    const rest = target.slice(1);
    for (const up of UPS) {
      for (const depth of DEPTHS) strings.add(up.repeat(depth) + rest);
      strings.add(up.repeat(4) + rest.replaceAll("/", "%2f"));
    }
    for (const depth of DEPTHS) {
      const last = target.slice(target.lastIndexOf("/") + 1);
      const parent = target.split("/").at(-2);
      for (const up of ["../", "./../", "..//", "x/../../"]) {
        strings.add(`${up.repeat(depth)}${last}`);
        strings.add(`${up.repeat(depth)}${parent}/${last}`);
      }
    }
    for (
      const form of [
        target,
        `/${target}`,
        `//${target}`,
        `/.${target}`,
        `file://${target}`,
        `file:${target}`,
        `/proc/self/root${target}`,
        `/proc/1/root${target}`,
        `/proc/self/cwd/../../../../../..${target}`,
        `/dev/../${rest}`,
        `/dev/fd/../../..${target}`,
        `~/../..${target}`,
        `~root/../${rest}`,
        `${target}\u0000.txt`,
        `${target}%00.txt`,
        `${target}/.`,
        `${target}/`,
        `\\\\localhost${target.replaceAll("/", "\\")}`,
        `/tmp/../${rest}`,
        `\${HOME}/../..${target}`,
        `$(cat ${target})`,
        `{${target},x}`,
      ]
    ) strings.add(form);
  }
  return [...strings];
}

/** Names that are strange and harmless: each must work. */
export function oddNames(): string[] {
  const names = [
    "..x",
    "...",
    ".. ",
    " leading",
    "trailing ",
    "-rf",
    "--help",
    "a b  c",
    "tab\there",
    "new\nline",
    "quote'\"`",
    "$HOME",
    "*?[x]",
    "back\\slash",
    "percent%2e%2e",
    "\u00e9",
    "e\u0301",
    "\u65e5\u672c\u8a9e",
    "\u{1f600}",
    "\u202egpj",
    "#hash",
    "semi;colon",
    "a&b|c>d",
    "(x)",
    "{a,b}",
    "!bang",
    "x".repeat(255),
    "\u00fc".repeat(127),
    "con",
    "nul.txt",
    "file.git",
    "git",
    "envrc",
    "C:",
  ];
  for (let n = 0; names.length < 200; n++) {
    names.push(String.fromCodePoint(0xa1 + n * 7) + ` ${n} ` + "._-~+=,@"[n % 8]);
  }
  return names;
}

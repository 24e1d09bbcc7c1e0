import { type BuiltinName, hasGlob, type Word, wordText } from "../../model/cells/command.ts";
import { NotUnderstood } from "./not_understood.ts";

const TEST_UNARY = ["-e", "-f", "-d", "-s", "-L", "-h", "-n", "-z"];
const TEST_STRINGS = ["=", "==", "!="];
const TEST_NUMBERS = ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"];

/**
 * Checks that a built-in is used in a form that ward does exactly as bash does.
 *
 * @throws {NotUnderstood} Otherwise; the line is then asked about as a whole.
 */
export function checkBuiltin(name: BuiltinName, args: readonly Word[]): void {
  const words = args.map(wordText);
  const odd = (what = "form"): never => {
    throw new NotUnderstood(`${what} of ${name}`);
  };
  if (name !== "echo" && name !== "true" && name !== "false" && name !== ":") {
    if (args.some(hasGlob)) odd("glob in arguments");
  }
  switch (name) {
    case "true":
    case "false":
    case ":":
    case "echo":
      return;
    case "pwd":
      if (words.length > 0) odd("option");
      return;
    case "exit":
      if (words.length > 1 || !words.every((word) => /^[0-9]{1,3}$/.test(word))) odd();
      return;
    case "cd":
      checkFolder(words, odd);
      return;
    case "printf":
      checkFormat(words, odd);
      return;
    case "[":
      if (words.at(-1) !== "]") odd();
      checkTest(words.slice(0, -1), odd);
      return;
    case "test":
      checkTest(words, odd);
  }
}

function checkFolder(words: readonly string[], odd: () => never): void {
  const [path] = words;
  if (words.length > 1 || path === "" || path?.startsWith("-")) odd();
  // bash takes `a/..` apart by words but checks `a` on disk: left to bash.
  const segments = (path ?? "").split("/").filter((segment) => segment !== "" && segment !== ".");
  const climbs = segments.lastIndexOf("..") + 1;
  if (segments.slice(0, climbs).some((segment) => segment !== "..")) odd();
  if (path?.startsWith("/") && climbs > 0) odd();
}

/** Whether a text is printed with a width: `%5s`, and whatever might be read as that. */
function hasPaddedText(format: string): boolean {
  const at = format.search(/%[^s]/);
  return at >= 0 && format.includes("s", at + 2);
}

function checkFormat(words: readonly string[], odd: () => never): void {
  const [format, ...values] = words;
  if (format === undefined || format.startsWith("-")) odd();
  const specs = format!.match(/%[^A-Za-z%]*[A-Za-z%]?|\\./g) ?? [];
  let kinds = "";
  for (const spec of specs) {
    if (spec === "%%" || /^\\[nt\\"]$/.test(spec)) continue;
    const match = /^%-?0?[0-9]{0,3}(?:\.[0-9]{1,3})?([sd])$/.exec(spec);
    // Precision of numbers and widths of text beyond ASCII differ between implementations.
    if (!match || (match[1] === "d" && spec.includes(".")) || /^%-?0.*s$/.test(spec)) odd();
    if (spec.startsWith("%-0")) odd();
    kinds += match![1];
  }
  if (/\\$/.test(format!.replaceAll("\\\\", ""))) odd();
  if (kinds === "" ? values.length > 0 : values.length % kinds.length !== 0) odd();
  if (kinds !== "" && values.length === 0) odd();
  values.forEach((value, index) => {
    if (kinds[index % kinds.length] === "d" && !/^(?:0|-?[1-9][0-9]{0,14})$/.test(value)) odd();
    // deno-lint-ignore no-control-regex
    if (/[^\x00-\x7f]/.test(value) && hasPaddedText(format!)) odd();
  });
}

function checkTest(words: readonly string[], odd: () => never): void {
  if (words.length === 3 && words[0] !== "!" && words[0] !== "(") {
    const operator = words[1]!;
    if (TEST_STRINGS.includes(operator)) return;
    const numbers = [words[0]!, words[2]!].every((word) => /^-?[0-9]{1,15}$/.test(word));
    if (TEST_NUMBERS.includes(operator) && numbers) return;
    odd();
  }
  const rest = words[0] === "!" && words.length === 3 ? words.slice(1) : words;
  if (rest.length === 2 && TEST_UNARY.includes(rest[0]!)) return;
  odd();
}

/** Takes out what would act on a terminal (ECMA-48 §5, xterm's ctlseqs). */

const SEQUENCES =
  // deno-lint-ignore no-control-regex
  /(?:\x1b\[|\x9b)[\x20-\x3f]{0,64}[\x40-\x7e]?|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)?|\x1b[\x20-\x2f]{0,8}[\x30-\x7e]?/g;

// deno-lint-ignore no-control-regex
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g;

/** The text without them; line ends are line feeds. */
export function stripTerminal(text: string): { text: string; removed: number } {
  let removed = 0;
  const count = () => (removed++, "");
  const lines = text.replace(/\r\n?|[\u2028\u2029\x85]/g, "\n");
  return { text: lines.replace(SEQUENCES, count).replace(CONTROLS, count), removed };
}

/**
 * A stand-in for `powershell.exe` with the Credential Manager behind it. It does what ward's script
 * does there, and refuses what that script, or PowerShell, would not take; it keeps each call, and
 * the entries, in files beside it.
 *
 *   deno run -A powershell.ts <folder> <arguments of powershell.exe>
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const [folder = "", ...args] = Deno.args;
const stdin = await new Response(Deno.stdin.readable).text();
writeFileSync(`${folder}/calls.jsonl`, JSON.stringify({ args, stdin }) + "\n", { flag: "a" });
Deno.exit(answer());

function answer(): number {
  const at = args.indexOf("-EncodedCommand");
  const script = new TextDecoder("utf-16le").decode(
    Uint8Array.from(atob(args[at + 1] ?? ""), (char) => char.charCodeAt(0)),
  );
  // Without these it waits for a person, or runs what stands in a profile.
  if (!["-NoProfile", "-NonInteractive"].every((flag) => args.slice(0, at).includes(flag))) {
    return 9;
  }
  if (!script.includes("@($input)") || !script.includes("CredWriteW")) return 9;
  if (existsSync(`${folder}/locked`)) return 1;
  const [verb, target = "", secret = ""] = stdin.split("\n");
  const entry = `${folder}/${target.replaceAll("/", "_")}`;
  switch (verb) {
    case "get":
      if (!existsSync(entry)) return 1;
      // The console's line break may follow.
      Deno.stdout.writeSync(new TextEncoder().encode(`${readFileSync(entry, "utf8")}\r\n`));
      return 0;
    case "set":
      if (atob(secret).length > 2560) return 1;
      writeFileSync(entry, secret);
      return 0;
    case "remove":
      if (!existsSync(entry)) return 1;
      rmSync(entry);
      return 0;
    default:
      return 1;
  }
}

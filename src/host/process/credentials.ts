/** Longest value of a credential, bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Secrets that systemd gives a service in files (`LoadCredential=NAME:file`) and not in variables,
 * which children and `/proc` would show. A line end at the end is not part of one.
 *
 * Source: systemd.exec(5), "Credentials".
 *
 * @param variables `CREDENTIALS_DIRECTORY` names the folder.
 * @returns By name; empty where there are none.
 */
export function readCredentials(
  variables: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const folder = variables["CREDENTIALS_DIRECTORY"];
  if (folder === undefined || !folder.startsWith("/")) return {};
  const found: Record<string, string> = {};
  for (const name of namesIn(folder)) {
    if (!/^[A-Z][A-Z0-9_]{0,63}$/.test(name)) continue;
    const path = `${folder}/${name}`;
    const { isFile, size } = Deno.statSync(path);
    if (isFile && size <= MAX_BYTES) {
      found[name] = Deno.readTextFileSync(path).replace(/\r?\n$/, "");
    }
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

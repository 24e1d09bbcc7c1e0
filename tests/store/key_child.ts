/** Prints the key that a process which starts on this home gets. */
import { databaseKey } from "../../src/host/keys/database_key.ts";

const home = Deno.args[0] ?? "";
const deps = { home, dataDir: `${home}/data`, variable: undefined, keychain: null };
Deno.stdout.writeSync(new TextEncoder().encode((await databaseKey(deps)).keyHex));

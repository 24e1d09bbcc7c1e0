/** A real terminal: tmux with a server of its own and one pane. */

/** The pane. */
export interface Pane {
  /** Keys as tmux names them: `o`, `Enter`, `C-c`. */
  type(...keys: string[]): Promise<void>;
  /** A text key by key, without Enter. */
  write(text: string): Promise<void>;
  /**
   * Types the key until the text stands there, for a key that may be lost: keys that come in one
   * chunk are no answer, and two interrupts in a breath are one.
   */
  typeUntil(key: string, text: string): Promise<string>;
  /** The screen once the text stands on it. */
  waitFor(text: string): Promise<string>;
  /** The screen once the test holds. */
  waitUntil(what: string, holds: (screen: string) => boolean): Promise<string>;
  /** Pastes a text as a terminal does that marks pastes. */
  paste(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  title(text: string): Promise<void>;
  /** What tmux says of the pane, such as `#{pane_title}`. */
  about(format: string): Promise<string>;
  screen(): Promise<string>;
}

/**
 * Runs a line in a terminal of 110 columns and 45 rows; what follows `EXIT=` is its exit code.
 *
 * @param words Program and arguments.
 */
export async function inTerminal(
  words: readonly string[],
  options: { env: Readonly<Record<string, string>>; cwd: string },
  use: (pane: Pane) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ward-tmux-" });
  const tmux = async (...args: string[]) => {
    const { success, stdout, stderr } = await new Deno.Command("/usr/bin/tmux", {
      // From within the folder: the path of a socket has 107 characters, a TMPDIR may have more.
      args: ["-S", "socket", "-f", "/dev/null", ...args],
      cwd: folder,
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (success) return text;
    throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr).trim() || "failed"}`);
  };
  const variables = Object.entries({ ...options.env, TERM: "screen-256color" })
    .map(([name, value]) => `${name}=${value}`);
  // A Ctrl-C that comes late ends neither the shell nor what keeps its screen.
  const line = `trap : INT; ${["env", "-i", ...variables, ...words].map(quote).join(" ")}` +
    `; echo "EXIT=$?"; trap '' INT; exec cat`;
  // What the terminal broke at its edge is one line again: how long a path is must not matter.
  const screen = () => tmux("capture-pane", "-p", "-J");
  const pane: Pane = {
    type: async (...keys) => {
      await tmux("send-keys", ...keys);
    },
    write: async (text) => {
      await tmux("send-keys", "-l", text);
    },
    async paste(text) {
      await Deno.writeTextFile(`${folder}/paste`, text);
      await tmux("load-buffer", `${folder}/paste`);
      await tmux("paste-buffer", "-p");
    },
    resize: async (columns, rows) => {
      await tmux("resize-window", "-x", String(columns), "-y", String(rows));
    },
    title: async (text) => {
      await tmux("select-pane", "-T", text);
    },
    about: async (format) => (await tmux("display-message", "-p", format)).trimEnd(),
    screen,
    waitFor: (text) => pane.waitUntil(`"${text}"`, (now) => now.includes(text)),
    async typeUntil(key, text) {
      for (let tries = 1;; tries++) {
        await pane.type(key);
        for (const endsAt = performance.now() + 1_000; performance.now() < endsAt;) {
          const now = await screen();
          if (now.includes(text)) return now;
          await new Promise((resolve) => setTimeout(resolve, 40));
        }
        if (tries === 30) throw new Error(`no "${text}" on the screen:\n${await screen()}`);
      }
    },
    async waitUntil(what, holds) {
      const endsAt = performance.now() + 90_000;
      for (;;) {
        const now = await screen();
        if (holds(now)) return now;
        if (performance.now() > endsAt) throw new Error(`no ${what} on the screen:\n${now}`);
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    },
  };
  let started: number[] = [];
  const faults: unknown[] = [];
  try {
    await tmux("new-session", "-d", "-x", "110", "-y", "45", "-c", options.cwd, line);
    started = (await pane.about("#{pid} #{pane_pid}")).split(" ").map(Number);
    await use(pane);
  } catch (error) {
    faults.push(error);
  }
  try {
    if (started.length > 0) await tmux("kill-server").catch(() => {});
    // What still ends would write into folders that the test removes next.
    await untilEnded(started);
  } catch (error) {
    faults.push(error);
  }
  await Deno.remove(folder, { recursive: true });
  // What went wrong first is not hidden by what did not end because of it.
  if (faults.length > 1) throw new AggregateError(faults, faults.map(String).join("\n"));
  if (faults.length > 0) throw faults[0];
}

/**
 * Waits until the processes and all of their sessions have ended. A server that did not hear that it
 * is to end hears it again: what runs in its terminal ends by that alone.
 *
 * @throws {Error} With those left.
 */
async function untilEnded(leaders: readonly number[]): Promise<void> {
  const [server] = leaders;
  const beganAt = performance.now();
  for (let tries = 1;; await new Promise((resolve) => setTimeout(resolve, 10))) {
    const left = leftOf(leaders);
    if (left.length === 0) return;
    const ms = performance.now() - beganAt;
    if (ms > 30_000) {
      throw new Error(`what ran in the terminal did not end with it:\n${left.join("\n")}`);
    }
    if (ms < tries * 5_000) continue;
    tries++;
    if (!left.some((line) => line.startsWith(`${server} (tmux`))) continue;
    try {
      Deno.kill(server!, "SIGTERM");
    } catch {
      // It has just ended.
    }
  }
}

/** A line for each process of the sessions that still runs. */
function leftOf(leaders: readonly number[]): string[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = Deno.readTextFileSync(`/proc/${name}/stat`);
      // After the name in parentheses: state, parent, process group, session.
      const [state, , , session] = stat.replace(/^.*\) /s, "").split(" ");
      return state !== "Z" && leaders.includes(Number(session)) ? [stat.trimEnd()] : [];
    } catch {
      // It has just ended.
      return [];
    }
  });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words that run others in a terminal of their own and keep every byte that they write to it. */
export function recorded(words: readonly string[], capture: string): string[] {
  const line = words.map(quote).join(" ");
  return ["/usr/bin/script", "--quiet", "--return", "--flush", "--command", line, capture];
}

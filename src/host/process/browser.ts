/** The user's browser, opened by the system's own opener or what `BROWSER` names. */

/** A program that opens an address. */
export interface Browser {
  readonly program: string;
  /** Arguments with the address in them. */
  args(url: string): string[];
}

/** Variables that a browser is found and shown by; it gets these and no others. */
const PASSED = [
  "HOME",
  "USER",
  "LANG",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XAUTHORITY",
  "XDG_RUNTIME_DIR",
  "XDG_CURRENT_DESKTOP",
  "XDG_SESSION_TYPE",
  "XDG_DATA_DIRS",
  "XDG_CONFIG_HOME",
  "DBUS_SESSION_BUS_ADDRESS",
];

/** Where helpers of the system are. */
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin";

/**
 * The browser of this user on this machine; null where there is none: no display, or the user
 * sits at another machine.
 *
 * @param lookup Any variable of the start.
 */
export function findBrowser(
  lookup: (name: string) => string | undefined,
  os: string = Deno.build.os,
): Browser | null {
  const named = lookup("BROWSER")?.trim();
  if (named) {
    const [program = "", ...words] = named.split(/\s+/);
    const path = program.startsWith("/") ? program : onSystemPath(program);
    if (path === null) return null;
    const hasPlace = words.some((word) => word.includes("%s"));
    return {
      program: path,
      args: (url) => hasPlace ? words.map((word) => word.replaceAll("%s", url)) : [...words, url],
    };
  }
  if (lookup("SSH_CONNECTION") ?? lookup("SSH_TTY")) return null;
  if (os === "darwin") return { program: "/usr/bin/open", args: (url) => [url] };
  if (!lookup("DISPLAY") && !lookup("WAYLAND_DISPLAY")) return null;
  const opener = onSystemPath("xdg-open");
  return opener === null ? null : { program: opener, args: (url) => [url] };
}

/**
 * Whether an address is given to the browser: of the web, or of this machine. What a service names
 * could be a file, a program or an option of the opener (CVE-2025-6514).
 */
export function isOpenable(url: string): boolean {
  if (!/^https?:\/\/[^/\s]/.test(url) || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/**
 * Opens an address; false when it is none that is opened, or the program does not start. Waits for
 * nothing.
 */
export function openBrowser(
  browser: Browser,
  url: string,
  lookup: (name: string) => string | undefined,
): boolean {
  if (!isOpenable(url)) return false;
  const env = Object.fromEntries(
    PASSED.flatMap((name) => lookup(name) === undefined ? [] : [[name, lookup(name)!]]),
  );
  try {
    new Deno.Command(browser.program, {
      args: browser.args(url),
      clearEnv: true,
      env: { PATH: SYSTEM_PATH, ...env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn().unref();
    return true;
  } catch {
    return false;
  }
}

function onSystemPath(name: string): string | null {
  if (!/^[\w.+-]+$/.test(name)) return null;
  return SYSTEM_PATH.split(":").map((folder) => `${folder}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}

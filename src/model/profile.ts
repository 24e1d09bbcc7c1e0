/** Profiles: what they may be called, where they are, and which one a process takes. Pure rules. */

/** The profile that is always there: ward's home itself. */
export const DEFAULT_PROFILE = "default";

/** Longest name; with it every path of a profile stays short enough for a unix socket. */
const MAX_NAME = 32;

/** Names that are words of the command line, or devices of Windows. */
const RESERVED = new Set(
  "active all none con prn aux nul".split(" ").concat(
    Array.from("0123456789", (digit) => [`com${digit}`, `lpt${digit}`]).flat(),
  ),
);

/** Where the choice of the profile came from. */
export type ProfileSource = "variable" | "flag" | "sticky" | "default";

/** The profile of a process. */
export interface ProfileChoice {
  /** null: a home that `WARD_HOME` names and that is no profile of this user. */
  readonly name: string | null;
  readonly source: ProfileSource;
  /** Absolute path of its home. */
  readonly home: string;
  /** The name that `-p` gave and that `WARD_HOME` beats; null when they agree. */
  readonly ignored: string | null;
}

/**
 * What is wrong with a name for a profile.
 *
 * @returns null when it may be used. `default` may, as the name of the default profile.
 */
export function profileNameProblem(name: string): string | null {
  if (!/^[a-z0-9][a-z0-9_-]*$/.test(name)) {
    return "allowed are lower-case letters, digits, - and _, a letter or digit first";
  }
  if (name.length > MAX_NAME) return `it is longer than ${MAX_NAME} characters`;
  return RESERVED.has(name) ? "the name is reserved" : null;
}

/**
 * Folder of the named profiles.
 *
 * @param base Ward's folder in the user's home.
 */
export function profilesFolder(base: string): string {
  return `${base}/profiles`;
}

/** Home of a profile; the name must have been checked. */
export function profileHome(base: string, name: string): string {
  return name === DEFAULT_PROFILE ? base : `${profilesFolder(base)}/${name}`;
}

/** Name of the profile whose home this is; null when it is none's. */
export function profileOfHome(base: string, home: string): string | null {
  if (home === base) return DEFAULT_PROFILE;
  const folder = profilesFolder(base) + "/";
  const name = home.startsWith(folder) ? home.slice(folder.length) : "";
  return profileNameProblem(name) === null && name !== DEFAULT_PROFILE ? name : null;
}

/**
 * Which profile a process takes: an explicit `WARD_HOME`, then the flag, then the sticky one, then
 * the default.
 *
 * @param inputs `base`: ward's folder in the user's home, null when there is none; `WARD_HOME` must
 * then be set. `wardHome`: what it names, absolute and real like `base`; null when it is not set. `flag`: name that `-p` gives. `sticky`:
 * reads the name in `active_profile`, only where it counts. Both names must have been checked.
 */
export function chooseProfile(inputs: {
  base: string | null;
  wardHome: string | null;
  flag: string | null;
  sticky: () => string | null;
}): ProfileChoice {
  const { base, wardHome, flag } = inputs;
  if (wardHome !== null) {
    const differs = flag !== null && (base === null || profileHome(base, flag) !== wardHome);
    return {
      name: base === null ? null : profileOfHome(base, wardHome),
      source: "variable",
      home: wardHome,
      ignored: differs ? flag : null,
    };
  }
  if (base === null) throw new TypeError("A profile needs a home folder");
  const sticky = flag === null ? inputs.sticky() : null;
  const name = flag ?? sticky ?? DEFAULT_PROFILE;
  const source = flag !== null ? "flag" : sticky !== null ? "sticky" : "default";
  return { name, source, home: profileHome(base, name), ignored: null };
}
